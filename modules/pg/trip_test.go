package pg

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

const (
	echoSQL  = "SELECT $1::text"
	ratioSQL = "SELECT 12 / $1::int"
	sleepSQL = "SELECT $1::text FROM pg_sleep($2::float8)"
)

// A passenger is a query of a task that waits for a connection.
type passenger struct {
	q      query
	cancel context.CancelCauseFunc
	done   chan struct{}
	res    *result
	err    error
}

func passengerOf(sql string, params ...string) *passenger {
	return &passenger{q: query{sql, texts(params...), true}, done: make(chan struct{})}
}

// wait returns the answer: the first value, or the text of the error.
func (g *passenger) wait(t *testing.T) string {
	t.Helper()
	select {
	case <-g.done:
	case <-time.After(20 * time.Second):
		t.Fatalf("%v is not answered", g.q.params)
	}
	if g.err != nil {
		return errorText(g.err, g.q.sql)
	}
	return cell(t, g.res)
}

// prepare has a statement prepared, with harmless parameters, however slow the
// machine.
func prepare(t *testing.T, p *pool, sql string, params ...string) {
	t.Helper()
	for range 2 {
		exec(t, p, sql, params...)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.slow, sql)
}

// gather makes a connection, on which the statements of most passengers are
// prepared, and has the passengers wait for it. It must be given back.
func gather(t *testing.T, p *pool, passengers ...*passenger) *conn {
	t.Helper()
	prepare(t, p, echoSQL, "x")
	prepare(t, p, ratioSQL, "1")
	prepare(t, p, sleepSQL, "x", "0")
	c, err := p.acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range passengers {
		var ctx context.Context
		ctx, g.cancel = context.WithCancelCause(t.Context())
		t.Cleanup(func() { g.cancel(nil) })
		go func() {
			defer close(g.done)
			var left *conn
			if g.res, left, g.err = p.execute(ctx, g.q); left != nil {
				p.release(left)
			}
		}()
		eventually(t, "it waits", func() bool { return p.usage().waiting == i+1 })
	}
	return c
}

// depart sends a connection on a trip, and tells whether there was one.
func depart(p *pool, c *conn) bool {
	p.mu.Lock()
	shared := p.share(c)
	p.mu.Unlock()
	if !shared {
		p.release(c)
	}
	return shared
}

// travel has the passengers make one trip.
func travel(t *testing.T, p *pool, passengers ...*passenger) {
	t.Helper()
	if !depart(p, gather(t, p, passengers...)) {
		t.Fatal("they do not travel together")
	}
}

// kept fails the test unless the connection of all trips is still the first.
func kept(t *testing.T, p *pool, c *conn) {
	t.Helper()
	eventually(t, "the connection is idle again", func() bool { return p.usage().idle == 1 })
	if p.idle[0] != c {
		t.Error("the connection was given up")
	}
}

func TestTrip(t *testing.T) {
	p := single(t)
	var all []*passenger
	for i := range maxRides + 3 {
		all = append(all, passengerOf(echoSQL, fmt.Sprint(i)))
	}
	all[3], all[5] = passengerOf(ratioSQL, "0"), passengerOf(ratioSQL, "4")
	c := gather(t, p, all...)
	if !depart(p, c) {
		t.Fatal("they do not travel together")
	}
	for i, g := range all {
		want := fmt.Sprint(i)
		switch i {
		case 3:
			want = "division by zero"
		case 5:
			want = "3"
		}
		if got := g.wait(t); !strings.Contains(got, want) {
			t.Errorf("%d: got %s, want %s", i, got, want)
		}
	}
	kept(t, p, c)
}

// What may take long, or change something, has a connection for itself.
func TestNoTrip(t *testing.T) {
	never := func(o *poolOptions) { o.prepare = false }
	const insert = "INSERT INTO t VALUES ($1) RETURNING a"
	for name, test := range map[string]struct {
		passengers []*passenger
		options    []func(*poolOptions)
	}{
		"alone":           {passengers: []*passenger{passengerOf(echoSQL, "a")}},
		"not prepared":    {passengers: []*passenger{passengerOf("SELECT $1::text || ''", "a"), passengerOf(echoSQL, "b")}},
		"large":           {passengers: []*passenger{passengerOf(echoSQL, strings.Repeat("x", maxRideSize+1)), passengerOf(echoSQL, "b")}},
		"changes":         {passengers: []*passenger{passengerOf(insert, "1"), passengerOf(echoSQL, "b")}},
		"nothing may be":  {passengers: []*passenger{passengerOf(echoSQL, "a"), passengerOf(echoSQL, "b")}, options: []func(*poolOptions){never}},
		"two connections": {passengers: []*passenger{passengerOf(echoSQL, "a"), passengerOf(echoSQL, "b")}, options: []func(*poolOptions){func(o *poolOptions) { o.maxConnections = 2 }}},
	} {
		t.Run(name, func(t *testing.T) {
			edit := append([]func(*poolOptions){func(o *poolOptions) { o.maxConnections = 1 }}, test.options...)
			p := openPool(t, server.ConnString(server.NewDatabase(t)), edit...)
			exec(t, p, "CREATE TABLE t (a int)")
			prepare(t, p, insert, "0")
			if p.opts.maxConnections == 2 { // the other one is lent, too
				other, err := p.acquire(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer p.release(other)
			}
			if depart(p, gather(t, p, test.passengers...)) {
				t.Error("it was shared")
			}
			for _, g := range test.passengers {
				if got := g.wait(t); strings.Contains(got, "SQLSTATE") {
					t.Error(got)
				}
			}
		})
	}
}

// One that stalls is cancelled for the sake of the others, and repeated.
func TestTripStalls(t *testing.T) {
	p := single(t)
	slow := passengerOf(sleepSQL, "slow", "1.5")
	quick := []*passenger{passengerOf(echoSQL, "a"), passengerOf(sleepSQL, "b", "0"), passengerOf(echoSQL, "c")}
	travel(t, p, quick[0], slow, quick[1], quick[2])
	for i, want := range []string{"a", "b", "c"} {
		if got := quick[i].wait(t); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	select {
	case <-slow.done:
		t.Error("the others waited for the slow one")
	default:
	}
	if got := slow.wait(t); got != "slow" {
		t.Errorf("the slow one got %s", got)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !time.Now().Before(p.slow[sleepSQL]) {
		t.Error("it may be shared again")
	}
}

// The last one of a trip stalls nobody.
func TestTripEndsSlowly(t *testing.T) {
	p := single(t)
	slow := passengerOf(sleepSQL, "slow", "0.3")
	quick := passengerOf(echoSQL, "a")
	c := gather(t, p, quick, slow)
	if !depart(p, c) {
		t.Fatal("they do not travel together")
	}
	if got := quick.wait(t) + slow.wait(t); got != "aslow" {
		t.Errorf("got %s", got)
	}
	kept(t, p, c)
}

var errTired = errors.New("tired of waiting")

// Who leaves does not disturb those who stay.
func TestTripIsLeft(t *testing.T) {
	p := single(t)
	leaver, quick := passengerOf(sleepSQL, "slow", "60"), passengerOf(echoSQL, "a")
	travel(t, p, leaver, quick)
	leaver.cancel(errTired)
	if leaver.wait(t); leaver.err != errTired {
		t.Errorf("who left got %v", leaver.err)
	}
	if got := quick.wait(t); got != "a" {
		t.Errorf("got %s", got)
	}
	eventually(t, "the server has ended the query", func() bool { return running(t, p, "%pg_sleep($2%") == 0 })
}

// When nobody is left the query is cancelled at once.
func TestTripIsDeserted(t *testing.T) {
	for name, order := range map[string][2]string{"the first waits": {"60", "0"}, "the last waits": {"0", "60"}} {
		t.Run(name, func(t *testing.T) {
			p := single(t)
			both := []*passenger{passengerOf(sleepSQL, "a", order[0]), passengerOf(sleepSQL, "b", order[1])}
			travel(t, p, both...)
			if order[0] == "0" {
				if got := both[0].wait(t); got != "a" {
					t.Errorf("got %s", got)
				}
			}
			for _, g := range both {
				g.cancel(errTired)
			}
			for i, g := range both {
				<-g.done
				if answered := order[0] == "0" && i == 0; !answered && g.err != errTired {
					t.Errorf("got %v", g.err)
				}
			}
			eventually(t, "the server has ended the query", func() bool { return running(t, p, "%pg_sleep($2%") == 0 })
			if got := cell(t, exec(t, p, echoSQL, "after")); got != "after" {
				t.Errorf("got %s", got)
			}
		})
	}
}

// All queries of a trip are cancelled, not only the first.
func TestTripIsDesertedByMany(t *testing.T) {
	p := single(t)
	var all []*passenger
	for i := range maxRides {
		all = append(all, passengerOf(sleepSQL, fmt.Sprint(i), "60"))
	}
	travel(t, p, all...)
	for _, g := range all {
		g.cancel(errTired)
	}
	for _, g := range all {
		if <-g.done; g.err != errTired {
			t.Errorf("got %v", g.err)
		}
	}
	eventually(t, "the server has ended the queries", func() bool {
		return p.usage().busy == 0 && running(t, p, "%pg_sleep($2%") == 0
	})
}

// A server that ends the session says that it has not begun with the rest.
func TestTripIsTerminated(t *testing.T) {
	const suicide = "SELECT pg_terminate_backend(CASE WHEN $1::bool THEN pg_backend_pid() END)"
	p := single(t)
	prepare(t, p, suicide, "false")
	before, last, after := passengerOf(echoSQL, "a"), passengerOf(suicide, "true"), passengerOf(echoSQL, "b")
	travel(t, p, before, last, after)
	if got := before.wait(t) + after.wait(t); got != "ab" {
		t.Errorf("got %s", got)
	}
	if got := last.wait(t); !strings.Contains(got, "57P01") {
		t.Errorf("got %s", got)
	}
}

// A connection that is lost before the trip, and was not looked at, costs nobody
// an answer.
func TestTripCannotBegin(t *testing.T) {
	p := single(t)
	both := []*passenger{passengerOf(echoSQL, "a"), passengerOf(echoSQL, "b")}
	c := gather(t, p, both...)
	c.pg.Conn().Close()
	if !depart(p, c) {
		t.Fatal("they do not travel together")
	}
	if got := both[0].wait(t) + both[1].wait(t); got != "ab" {
		t.Errorf("got %s", got)
	}
}

// Statements that the server does not know any more are no trouble.
func TestTripWithLostStatements(t *testing.T) {
	p := single(t)
	exec(t, p, "CREATE TABLE t AS SELECT 1 AS a")
	const star = "SELECT * FROM t WHERE a = $1::int"
	for _, spoil := range []string{"DISCARD ALL", "ALTER TABLE t ADD COLUMN b int"} {
		starred, echo := passengerOf(star, "1"), passengerOf(echoSQL, "a")
		prepare(t, p, star, "1")
		c := gather(t, p, starred, echo)
		if _, err := p.run(t.Context(), c, query{sql: spoil}); err != nil {
			t.Fatal(err)
		}
		if !depart(p, c) {
			t.Fatal("they do not travel together")
		}
		if got := starred.wait(t) + echo.wait(t); got != "1a" {
			t.Errorf("%s: got %s", spoil, got)
		}
	}
}

// The limit of a query holds on trips, too.
func TestTripTimeout(t *testing.T) {
	p := openPool(t, server.ConnString(server.NewDatabase(t)), func(o *poolOptions) {
		o.maxConnections, o.queryTimeout = 1, 2*time.Second
	})
	slow, quick := passengerOf(sleepSQL, "slow", "60"), passengerOf(echoSQL, "a")
	travel(t, p, quick, slow)
	if got := quick.wait(t); got != "a" {
		t.Errorf("got %s", got)
	}
	if slow.wait(t); !errors.Is(slow.err, errQueryTimeout) {
		t.Errorf("got %v", slow.err)
	}
}

// A result that is too large is nobody else's trouble.
func TestTripWithHugeResult(t *testing.T) {
	const series = "SELECT n FROM generate_series(1, $1::int) AS n"
	p := single(t, func(o *poolOptions) { o.limit = 1 << 20 })
	prepare(t, p, series, "1")
	huge, echo := passengerOf(series, "10000000"), passengerOf(echoSQL, "a")
	travel(t, p, huge, echo)
	if got := echo.wait(t); got != "a" {
		t.Errorf("got %s", got)
	}
	if got := huge.wait(t); got != "the result is larger than 1048576 bytes (see max_result_size)" {
		t.Errorf("got %s", got)
	}
}

// A server that breaks the protocol loses its connection, and nothing else.
func TestTripWithUnannouncedRow(t *testing.T) {
	c := &conn{}
	e := c.newExchange(execution{limit: 1 << 20}, true)
	e.tooLarge = func() { t.Error("it was taken for a large result") }
	row := &pgproto3.DataRow{Values: [][]byte{[]byte("x")}}
	if err := e.row(row); err == nil || !strings.Contains(err.Error(), "protocol error") || !c.cancel {
		t.Errorf("got %v", err)
	}
}

func TestTripClosed(t *testing.T) {
	p := single(t)
	both := []*passenger{passengerOf(sleepSQL, "a", "0.01"), passengerOf(echoSQL, "b")}
	travel(t, p, both...)
	p.close()
	if got := both[0].wait(t) + both[1].wait(t); got != "ab" {
		t.Errorf("got %s", got)
	}
}

// A large result keeps its statement from trips for a while.
func TestTripWithLargeResult(t *testing.T) {
	const repeat = "SELECT repeat('x', $1::int)"
	p := single(t)
	prepare(t, p, repeat, "1")
	large, echo := passengerOf(repeat, fmt.Sprint(maxRideResult+1)), passengerOf(echoSQL, "a")
	travel(t, p, large, echo)
	if got := large.wait(t); len(got) != maxRideResult+1 {
		t.Errorf("%d bytes", len(got))
	}
	if got := echo.wait(t); got != "a" {
		t.Errorf("got %s", got)
	}
	again := []*passenger{passengerOf(repeat, "2"), passengerOf(echoSQL, "b")}
	if depart(p, gather(t, p, again...)) {
		t.Error("it was shared again")
	}
	if got := again[0].wait(t) + again[1].wait(t); got != "xxb" {
		t.Errorf("got %s", got)
	}
}

// Whatever happens to others, nobody gets an answer that is not its own.
func TestTripsMixNothingUp(t *testing.T) {
	p := openPool(t, server.ConnString(server.NewDatabase(t)), func(o *poolOptions) { o.maxConnections = 2 })
	const rounds = 60
	var tasks sync.WaitGroup
	for task := range 24 {
		tasks.Go(func() {
			random := rand.New(rand.NewPCG(uint64(task), 0))
			for round := range rounds {
				own := fmt.Sprintf("%d/%d", task, round)
				ctx, cancel := context.WithCancelCause(t.Context())
				q, want := query{echoSQL, texts(own), true}, own
				switch random.IntN(20) {
				case 0:
					q, want = query{ratioSQL, texts("0"), true}, "division by zero"
				case 1:
					q = query{sleepSQL, texts(own, "0.07"), true}
				case 2:
					q = query{sleepSQL, texts(own, "0"), true}
				case 3:
					time.AfterFunc(time.Duration(random.IntN(5000))*time.Microsecond, func() { cancel(errTired) })
				}
				res, _, err := p.execute(ctx, q)
				switch {
				case err == nil:
					if got := cell(t, res); got != want {
						t.Errorf("got %s, want %s", got, want)
					}
				case err != errTired && !strings.Contains(errorText(err, ""), want):
					t.Errorf("got %v, want %s", err, want)
				}
				cancel(nil)
			}
		})
	}
	tasks.Wait()
	eventually(t, "all connections are given back", func() bool { u := p.usage(); return u.busy == 0 && u.waiting == 0 })
}
