package pg

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"qrelay/runtime/pgtest"
)

// throughBouncer makes a pool that reaches a database of its own through
// PgBouncer in transaction mode, which has both of its connections to the
// server.
func throughBouncer(t *testing.T, edit ...func(*poolOptions)) (p *pool, db string) {
	t.Helper()
	db = server.NewDatabase(t)
	connString := server.TCPConnString(db, pgtest.NewBouncer(t, server, "transaction").Port)
	both := openPool(t, connString)
	sleeping := []<-chan error{begin(t, both, t.Context(), "SELECT pg_sleep(63)"), begin(t, both, t.Context(), "SELECT pg_sleep(63)")}
	server.SQL(t, db, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(63)'")
	for _, done := range sleeping {
		if err := <-done; err == nil || !strings.Contains(err.Error(), "57014") {
			t.Fatalf("got %v", err)
		}
	}
	return openPool(t, connString, edit...), db
}

// In transaction mode every statement may meet another server process, which
// does not know what was prepared before, or knows it from somebody else.
func TestBouncer(t *testing.T) {
	for _, prepare := range []bool{true, false} {
		p, _ := throughBouncer(t, func(o *poolOptions) { o.prepare = prepare })
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for j := range 40 {
					want := strconv.Itoa(i*1000 + j)
					res, _, err := p.execute(t.Context(), query{"SELECT $1::text", texts(want), true})
					if err != nil {
						t.Errorf("prepare=%v: %s", prepare, errorText(err, ""))
					} else if got := all(res); !slices.Equal(got, []string{want}) {
						t.Errorf("got %v, want %s", got, want)
					}
				}
			})
		}
		wg.Wait()
		if !prepare {
			if got := prepared(t, p); got != 0 {
				t.Errorf("%d statements were prepared though that is switched off", got)
			}
		}
	}
}

// A statement that was prepared before a transaction began must not make the
// transaction fail.
func TestBouncerInTransactions(t *testing.T) {
	p, _ := throughBouncer(t, func(o *poolOptions) { o.maxConnections = 1 })
	const sql = "SELECT $1::int + 1"
	for i := range 8 {
		exec(t, p, sql, "1")
		for range i % 3 { // so that the transaction meets this process or that
			exec(t, p, "SELECT 1")
		}
		if got := inTransaction(t, p, sql, "41"); !slices.Equal(got, []string{"42", "42", "42"}) {
			t.Errorf("round %d: got %q", i, got)
		}
	}
}

// inTransaction runs a query three times within a transaction and returns what
// came of it.
func inTransaction(t *testing.T, p *pool, sql string, params ...string) []string {
	t.Helper()
	_, c, err := p.execute(t.Context(), query{sql: "BEGIN"})
	if err != nil || c == nil {
		t.Fatalf("got %v, %v", c, err)
	}
	defer p.release(c)
	var got []string
	for range 3 {
		res, err := p.run(t.Context(), c, query{sql, texts(params...), true})
		if err != nil {
			got = append(got, errorText(err, sql))
			continue
		}
		got = append(got, all(res)...)
	}
	if _, err := p.run(t.Context(), c, query{sql: "COMMIT"}); err != nil {
		t.Error(err)
	}
	return got
}

func TestCancelThroughBouncer(t *testing.T) {
	p, db := throughBouncer(t)
	cause := errors.New("the client went away")
	ctx, cancel := context.WithCancelCause(t.Context())
	done := begin(t, p, ctx, "SELECT pg_sleep(64)")
	cancel(cause)
	if err := <-done; err != cause {
		t.Errorf("got %v", err)
	}
	eventually(t, "the server has stopped", func() bool {
		return server.SQL(t, db, "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(64)'") == "0"
	})
	exec(t, p, "SELECT 1")
}

// What PgBouncer cannot do is refused, with its reason.
func TestSchemaThroughBouncer(t *testing.T) {
	b := pgtest.NewBouncer(t, server, "session")
	cfg, err := parseConnString(server.TCPConnString(server.NewDatabase(t), b.Port), "s")
	if err != nil {
		t.Fatal(err)
	}
	_, log := newLog()
	p := newPool(cfg, options(), log)
	defer p.close()
	if got := execError(t, p, "SELECT 1"); !strings.Contains(got, "unsupported startup parameter: search_path") {
		t.Errorf("got %s", got)
	}
}

// In session mode notifications come through.
func TestListenThroughBouncer(t *testing.T) {
	db := server.NewDatabase(t)
	l := startListener(t, server.TCPConnString(db, pgtest.NewBouncer(t, server, "session").Port))
	var r recorder
	l.listen("chan", r.channel())
	r.expect(t, "started")
	server.SQL(t, db, "NOTIFY chan, 'x'")
	r.expect(t, "started x")
}
