package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"time"

	"qrelay/runtime/bench"
	"qrelay/runtime/pgtest"
)

const (
	// poolSize is how many connections a database of qrelay has by default.
	poolSize = 4
	// queryEach looks up what "pgbench -S" does, some times for each mail.
	queryEach = `
local db = pg:new(DATABASE)
qmqp_listen(SOCKET, function(m)
  for _ = 1, %d do
    local result = assert(db:execute('SELECT abalance FROM pgbench_accounts WHERE aid = $1', {math.random(100000)}))
    assert(result:fetch().abalance)
  end
  return m:discard()
end)`
	// queryRate is a figure, beside those of mails.
	queryRate = "queries/s"
	// manyQueries are so many that the mail does not matter.
	manyQueries = 100
	// querySome has mails to several recipients wait for the database, which
	// has nothing to do meanwhile.
	querySome = `
local db = pg:new(DATABASE)
qmqp_listen(SOCKET, function(m)
  if #m.recipients > 1 then
    assert(db:execute('SELECT pg_sleep(0.05)'))
  end
  return m:connect(HOP)
end)`
	// networkDelay is the time of a round trip to a database that is not on
	// the same machine.
	networkDelay = 2 * time.Millisecond
)

// databaseScenarios are about handlers that ask PostgreSQL. Each contender has
// a server of its own. To come near to pgbench, which receives no mails, takes
// processors that the server leaves idle: its own few connections bound it then.
func databaseScenarios(b *bed) []scenario {
	if pgtest.Installed() != nil {
		const found = "PostgreSQL servers found"
		return []scenario{{name: "queries: not measured", once: true, checks: []check{{figure: found}},
			contenders: []contender{{"none", func(context.Context) (figures, error) { return figures{found: 0}, nil }}}}}
	}
	clients := bench.Options{Clients: 32, Size: 2 << 10}
	return []scenario{
		{name: "a query per mail × 32 clients",
			contenders: []contender{b.queries(1, 0, clients), b.pgbench(0), b.apart(clients)},
			checks:     []check{{figure: rate, against: 1, least: 0.9}, {figure: rate, against: 2, least: 0.9}}},
		{name: fmt.Sprintf("%d queries per mail × 32 clients", manyQueries),
			contenders: []contender{b.queries(manyQueries, 0, clients), b.pgbench(0)},
			checks:     []check{{figure: queryRate, against: 1, least: 0.9}}},
		{name: fmt.Sprintf("a query per mail, server %v away", networkDelay),
			contenders: []contender{b.queries(1, networkDelay, clients), roundTrips(), b.pgbench(networkDelay)},
			checks:     []check{{figure: rate, against: 1, least: 0.8}, {figure: rate, against: 2}}},
		{name: "mails without query, while 32 others wait",
			contenders: []contender{b.beside("32 wait", 32), b.beside("none waits", 0)},
			checks:     []check{{figure: p99, against: 1, most: 1.5}, {figure: rate, against: 1}}},
	}
}

// withDatabase runs fn with a server that has the tables of pgbench, and is
// some time away.
func withDatabase(ctx context.Context, away time.Duration, fn func(database) (figures, error)) (figures, error) {
	s, err := pgtest.Open(pgtest.Options{})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	d := database{pgbench: s.Program("pgbench"), host: s.Dir, port: s.Port}
	if _, err := d.run(ctx, "-i", "-q"); err != nil {
		return nil, err
	}
	if away > 0 {
		proxy, err := pgtest.OpenProxy(s, away)
		if err != nil {
			return nil, err
		}
		defer proxy.Close()
		d.host, d.port = "127.0.0.1", proxy.Port
	}
	return fn(d)
}

// A database is the way to a server.
type database struct {
	pgbench, host string
	port          int
}

// run runs pgbench.
func (d database) run(ctx context.Context, args ...string) ([]byte, error) {
	args = append(args, "-h", d.host, "-p", strconv.Itoa(d.port), "-U", "postgres", "postgres")
	output, err := exec.CommandContext(ctx, d.pgbench, args...).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("pgbench: %w\n%s", err, output)
	}
	return output, nil
}

// policy is a script that uses the database.
func (d database) policy(script string) string {
	return fmt.Sprintf("local DATABASE = 'host=%s port=%d user=postgres dbname=postgres'\n%s", d.host, d.port, script)
}

// queries is qrelay with some queries for each mail.
func (b *bed) queries(perMail int, away time.Duration, load bench.Options) contender {
	return contender{"qrelay", func(ctx context.Context) (figures, error) {
		return withDatabase(ctx, away, func(db database) (figures, error) {
			script := db.policy(fmt.Sprintf(queryEach, perMail))
			return b.withRelay(ctx, script, func(d *daemon) (figures, error) {
				f, err := b.load(ctx, d, load)
				if err == nil {
					f[queryRate] = f[rate] * float64(perMail)
				}
				return f, err
			})
		})
	}}
}

// apart is what one can expect of a machine that has no processor to spare:
// the time of a mail without query, and that of a query of pgbench.
func (b *bed) apart(load bench.Options) contender {
	mails, queries := b.relay("discard", discardAll, load), b.pgbench(0)
	return contender{"discard, then pgbench", func(ctx context.Context) (figures, error) {
		m, err := mails.measure(ctx)
		if err != nil {
			return nil, err
		}
		q, err := queries.measure(ctx)
		if err != nil {
			return nil, err
		}
		return figures{rate: 1 / (1/m[rate] + 1/q[rate])}, nil
	}}
}

// roundTrips is the most that a pool can do at a distance, one query per
// connection and round trip.
func roundTrips() contender {
	return contender{fmt.Sprintf("%d / %v", poolSize, networkDelay), func(context.Context) (figures, error) {
		return figures{rate: poolSize / networkDelay.Seconds()}, nil
	}}
}

var tps = regexp.MustCompile(`tps = ([0-9.]+)`)

// pgbench is PostgreSQL's own client with as many connections.
func (b *bed) pgbench(away time.Duration) contender {
	return contender{"pgbench -S", func(ctx context.Context) (figures, error) {
		return withDatabase(ctx, away, func(d database) (figures, error) {
			seconds := strconv.Itoa(max(1, int((b.warmup + b.measure).Seconds())))
			output, err := d.run(ctx, "-S", "-n", "-M", "prepared", "-c", strconv.Itoa(poolSize), "-T", seconds)
			if err != nil {
				return nil, err
			}
			m := tps.FindSubmatch(output)
			if m == nil {
				return nil, fmt.Errorf("pgbench prints no rate: %s", output)
			}
			perSecond, err := strconv.ParseFloat(string(m[1]), 64)
			return figures{rate: perSecond, queryRate: perSecond}, err
		})
	}}
}

// beside measures mails that need no query, while others wait for theirs.
func (b *bed) beside(name string, waiting int) contender {
	return contender{name, func(ctx context.Context) (figures, error) {
		return withDatabase(ctx, 0, func(db database) (figures, error) {
			return b.withRelay(ctx, db.policy(querySome), func(d *daemon) (figures, error) {
				defer b.waitingMails(ctx, waiting)()
				return b.load(ctx, d, bench.Options{Clients: 4, Size: 2 << 10})
			})
		})
	}}
}

// waitingMails has so many mails wait for the database until stop is called.
func (b *bed) waitingMails(ctx context.Context, count int) (stop func()) {
	if count == 0 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var load sync.WaitGroup
	load.Go(func() {
		_, _ = bench.Run(ctx, bench.Options{Address: b.socket(), Clients: count, Recipients: 2, Duration: time.Hour})
	})
	return func() {
		cancel()
		load.Wait()
	}
}
