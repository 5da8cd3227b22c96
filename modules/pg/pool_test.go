package pg

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// running returns how many of the pool's connections are busy with a query
// that matches.
func running(t testing.TB, p *pool, pattern string) int {
	t.Helper()
	n, err := strconv.Atoi(server.SQL(t, "postgres", fmt.Sprintf(
		"SELECT count(*) FROM pg_stat_activity WHERE datname = '%s' AND state = 'active' AND query LIKE '%s'", p.cfg.Database, pattern)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// begin runs a query in the background and waits until the server works on it.
func begin(t *testing.T, p *pool, ctx context.Context, sql string) <-chan error {
	t.Helper()
	before := running(t, p, sql)
	done := make(chan error, 1)
	go func() {
		_, c, err := p.execute(ctx, query{sql: sql})
		if c != nil {
			p.release(c)
		}
		done <- err
	}()
	eventually(t, sql+" runs", func() bool { return running(t, p, sql) == before+1 })
	return done
}

func TestQueriesRunSideBySide(t *testing.T) {
	p := openPool(t, server.ConnString(server.NewDatabase(t)), func(o *poolOptions) { o.maxConnections = 3 })
	// Each waits until all three are there.
	const sql = `DO $$ BEGIN
		PERFORM pg_advisory_lock_shared(1);
		FOR i IN 1..2000 LOOP
			IF (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted) >= 3 THEN RETURN; END IF;
			PERFORM pg_sleep(0.005);
		END LOOP;
		RAISE 'nobody else came';
	END $$`
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if _, _, err := p.execute(t.Context(), query{sql: sql}); err != nil {
				t.Error(errorText(err, sql))
			}
		})
	}
	wg.Wait()
	if p.open != 3 {
		t.Errorf("%d connections", p.open)
	}
}

func TestManyTasksShareFewConnections(t *testing.T) {
	p := openPool(t, server.ConnString(server.NewDatabase(t)), func(o *poolOptions) { o.maxConnections = 2 })
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			for j := range 20 {
				want := strconv.Itoa(i*100 + j)
				res, _, err := p.execute(t.Context(), query{"SELECT $1::text", texts(want), true})
				if err != nil {
					t.Error(err)
				} else if got := all(res); !slices.Equal(got, []string{want}) {
					t.Errorf("got %v, want %s", got, want)
				}
			}
		})
	}
	wg.Wait()
	if p.open > 2 {
		t.Errorf("%d connections", p.open)
	}
}

func TestPoolExhausted(t *testing.T) {
	p := openPool(t, server.ConnString(server.NewDatabase(t)), func(o *poolOptions) {
		o.maxConnections = 2
		o.waitTimeout = 50 * time.Millisecond
	})
	ctx, cancel := context.WithCancel(t.Context())
	slow := []<-chan error{begin(t, p, ctx, "SELECT pg_sleep(60)"), begin(t, p, ctx, "SELECT pg_sleep(60)")}
	if got := execError(t, p, "SELECT 1"); !strings.Contains(got, "no database connection became free within 50ms (all 2 are in use") {
		t.Errorf("got %s", got)
	}
	cancel()
	for _, done := range slow {
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	eventually(t, "a connection is free again", func() bool {
		_, _, err := p.execute(t.Context(), query{sql: "SELECT 1"})
		return err == nil
	})
}

func TestWaitersAreServedInOrder(t *testing.T) {
	p := single(t)
	c, err := p.acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var order []int
	var wg sync.WaitGroup
	for i := range 5 {
		wg.Go(func() {
			c, err := p.acquire(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			order = append(order, i)
			mu.Unlock()
			p.release(c)
		})
		eventually(t, "it waits", func() bool {
			p.mu.Lock()
			defer p.mu.Unlock()
			return p.waiters.Len() == i+1
		})
	}
	p.release(c)
	wg.Wait()
	if !slices.Equal(order, []int{0, 1, 2, 3, 4}) {
		t.Errorf("served in the order %v", order)
	}
}

func TestCancelledWaiter(t *testing.T) {
	p := single(t)
	c, err := p.acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cause := errors.New("the client went away")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := p.acquire(ctx); err != cause {
		t.Errorf("got %v", err)
	}
	p.release(c)
	exec(t, p, "SELECT 1")
}

func TestCancelReachesTheServer(t *testing.T) {
	p := single(t)
	cause := errors.New("the client went away")
	ctx, cancel := context.WithCancelCause(t.Context())
	done := begin(t, p, ctx, "SELECT pg_sleep(61)")
	cancel(cause)
	if err := <-done; err != cause {
		t.Errorf("got %v", err)
	}
	exec(t, p, "SELECT 1") // on a new connection, in the place of the old
	eventually(t, "the server has stopped", func() bool { return running(t, p, "SELECT pg_sleep(61)") == 0 })
}

// A request to cancel goes where the connection went, whichever of several
// hosts that was.
func TestCancelAtAnyHost(t *testing.T) {
	db := server.NewDatabase(t)
	for _, host := range []string{"/no/such," + server.Dir, "/no/such,127.0.0.1", "localhost"} {
		p := openPool(t, server.ConnString(db)+" sslmode=prefer host="+host, func(o *poolOptions) { o.maxConnections = 1 })
		ctx, cancel := context.WithCancel(t.Context())
		done := begin(t, p, ctx, "SELECT pg_sleep(65)")
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", host, err)
		}
		eventually(t, "the server has stopped: "+host, func() bool { return running(t, p, "SELECT pg_sleep(65)") == 0 })
	}
}

func TestQueryTimeout(t *testing.T) {
	p := single(t, func(o *poolOptions) { o.queryTimeout = 100 * time.Millisecond })
	if got := execError(t, p, "SELECT pg_sleep(62)"); got != "the query took longer than query_timeout (100ms)" {
		t.Errorf("got %s", got)
	}
	exec(t, p, "SELECT 1")
	eventually(t, "the server has stopped", func() bool { return running(t, p, "SELECT pg_sleep(62)") == 0 })
}

func TestLeftOpenTransaction(t *testing.T) {
	p := single(t)
	exec(t, p, "CREATE TABLE t (a int)")
	_, c, err := p.execute(t.Context(), query{sql: "BEGIN"})
	if err != nil || c == nil {
		t.Fatalf("got %v, %v", c, err)
	}
	if _, err := p.run(t.Context(), c, query{sql: "INSERT INTO t VALUES (1)"}); err != nil {
		t.Fatal(err)
	}
	p.release(c) // without COMMIT
	if got := cell(t, exec(t, p, "SELECT count(*) FROM t")); got != "0" {
		t.Errorf("%s rows are left of a transaction that was not committed", got)
	}
}

func TestShutWhileWaiting(t *testing.T) {
	p := single(t)
	c, err := p.acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := p.acquire(t.Context())
		done <- err
	}()
	eventually(t, "it waits", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.waiters.Len() == 1
	})
	p.shut()
	if err := <-done; err != errClosed {
		t.Errorf("the waiter got %v", err)
	}
	p.release(c)
	if _, err := p.acquire(t.Context()); err != errClosed {
		t.Errorf("got %v", err)
	}
}

func TestNoticesAreLogged(t *testing.T) {
	cfg, err := parseConnString(server.ConnString("postgres"), "")
	if err != nil {
		t.Fatal(err)
	}
	logged, log := newLog()
	p := newPool(cfg, options(), log)
	defer p.close()
	exec(t, p, "DO $$ BEGIN RAISE WARNING 'loud'; RAISE NOTICE 'soft'; END $$")
	if !logged.contains("level=WARN msg=\"database notice\" severity=WARNING message=loud") || !logged.contains("message=soft") {
		t.Errorf("logged: %s", logged)
	}
}

func TestSchema(t *testing.T) {
	db := server.NewDatabase(t)
	server.SQL(t, db, `CREATE SCHEMA "It's"; CREATE TABLE "It's".t AS SELECT 'quoted' AS v`)
	for schema, want := range map[string]string{"It's": "quoted", "nosuch": "42P01"} {
		cfg, err := parseConnString(server.ConnString(db), schema)
		if err != nil {
			t.Fatal(err)
		}
		_, log := newLog()
		p := newPool(cfg, options(), log)
		defer p.close()
		res, _, err := p.execute(t.Context(), query{sql: "SELECT v FROM t"})
		if got := ""; err != nil {
			if got = errorText(err, ""); !strings.Contains(got, want) {
				t.Errorf("%s: got %s, want %s", schema, got, want)
			}
		} else if got = cell(t, res); got != want {
			t.Errorf("%s: got %s, want %s", schema, got, want)
		}
	}
}
