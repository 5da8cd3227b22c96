package pg

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/pgtest"
)

func TestConnectErrors(t *testing.T) {
	server.SQL(t, "postgres", "DROP ROLE IF EXISTS secret; CREATE ROLE secret LOGIN PASSWORD 'right'")
	tcp := server.TCPConnString("postgres", server.Port)
	for _, c := range []struct{ connString, want string }{
		{"host=/no/such/directory user=u dbname=x", "connect /no/such/directory/.s.PGSQL.5432: no such file or directory"},
		{"host=127.0.0.1 port=1 user=u dbname=x", "connect 127.0.0.1:1: connection refused"},
		{"host=/no/such,127.0.0.1 port=1 user=u dbname=x", "connect /no/such/.s.PGSQL.1: no such file or directory; connect 127.0.0.1:1: connection refused"},
		{"host=nosuch.invalid user=u dbname=x", "connect: "},
		{server.ConnString("nosuch"), `FATAL:  database "nosuch" does not exist (SQLSTATE 3D000)`},
		{server.ConnString("postgres") + " user=nosuch", `FATAL:  role "nosuch" does not exist (SQLSTATE 28000)`},
		{tcp + " user=secret password=wrong", `FATAL:  password authentication failed for user "secret" (SQLSTATE 28P01)`},
		{tcp + " user=secret password=wrong sslmode=prefer", `FATAL:  password authentication failed for user "secret" (SQLSTATE 28P01)`},
		{tcp + " sslmode=require", "server refused TLS connection"},
		{tcp + " target_session_attrs=standby", "not in hot standby mode"},
	} {
		p := openPool(t, c.connString)
		got := execError(t, p, "SELECT 1")
		if !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
			t.Errorf("%s: %s, want %s", c.connString, got, c.want)
		}
		again := execError(t, p, "SELECT 1")
		if !strings.Contains(again, "(next attempt in ") {
			t.Errorf("%s: the second attempt came at once: %s", c.connString, again)
		}
	}
	exec(t, openPool(t, tcp+" user=secret password=right"), "SELECT 1")
}

func TestTerminatedConnections(t *testing.T) {
	p := single(t)
	db := p.cfg.Database
	for range 2 {
		exec(t, p, "SELECT 'idle'")
		if n := server.Terminate(t, db, "SELECT _idle_"); n != 1 {
			t.Fatalf("%d idle connections terminated", n)
		}
		eventually(t, "the server has hung up", func() bool {
			pending, closed := p.idle[0].peek()
			return pending || closed
		})
		if got := cell(t, exec(t, p, "SELECT 2")); got != "2" {
			t.Errorf("got %s", got)
		}

		done := begin(t, p, t.Context(), "SELECT pg_sleep(63)")
		server.Terminate(t, db, "SELECT pg_sleep(63)")
		if err := <-done; err == nil || !strings.Contains(errorText(err, ""), "terminating connection due to administrator command (SQLSTATE 57P01)") {
			t.Errorf("got %v", err)
		}
		exec(t, p, "SELECT 1")
	}
}

// What the server tells an idle connection does not end it.
func TestAsynchronousMessages(t *testing.T) {
	p := single(t)
	pid := cell(t, exec(t, p, "SELECT pg_backend_pid()"))
	exec(t, p, "LISTEN somebody")
	server.SQL(t, p.cfg.Database, "NOTIFY somebody")
	eventually(t, "the notification is there", func() bool { pending, _ := p.idle[0].peek(); return pending })
	if again := cell(t, exec(t, p, "SELECT pg_backend_pid()")); again != pid {
		t.Errorf("process %s became %s", pid, again)
	}
}

func TestServerRestart(t *testing.T) {
	s := pgtest.Start(t, pgtest.Options{})
	p := openPool(t, s.ConnString("postgres"))
	exec(t, p, "SELECT 1")

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var lost sync.WaitGroup
	var failed atomic.Int32
	for range 2 {
		lost.Go(func() {
			if _, _, err := p.execute(ctx, query{sql: "SELECT pg_sleep(64)"}); err != nil {
				failed.Add(1)
			}
		})
	}
	eventually(t, "the queries run", func() bool {
		return s.SQL(t, "postgres", "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(64)'") == "2"
	})
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	lost.Wait()
	if failed.Load() != 2 {
		t.Errorf("%d queries failed, want those 2 that were under way", failed.Load())
	}

	// A query that comes while the server restarts waits for it.
	result := make(chan error)
	go func() {
		_, _, err := p.execute(ctx, query{sql: "SELECT 1"})
		result <- err
	}()
	eventually(t, "an attempt to connect has failed", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.outage.failures > 0
	})
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	if err := <-result; err != nil {
		t.Errorf("a query during the restart: %v", err)
	}
}

// Under load, while the server is away: queries fail, nothing is left over,
// and everything works afterwards.
func TestOutageUnderLoad(t *testing.T) {
	t.Parallel()
	s := pgtest.Start(t, pgtest.Options{})
	p := openPool(t, s.ConnString("postgres"), func(o *poolOptions) { o.grace = 100 * time.Millisecond })
	ctx, cancel := context.WithCancel(t.Context())
	var good, bad atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, _, err := p.execute(ctx, query{"SELECT $1::int", texts("1"), true}); err == nil {
					good.Add(1)
				} else {
					bad.Add(1)
				}
			}
		})
	}
	for range 2 {
		before := good.Load()
		eventually(t, "queries work", func() bool { return good.Load() > before+100 })
		failed := bad.Load()
		if err := s.Kill(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "queries fail", func() bool { return bad.Load() > failed+100 })
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		before = good.Load()
		eventuallyWithin(t, maxDelay+5*time.Second, "queries work again", func() bool { return good.Load() > before+100 })
	}
	cancel()
	wg.Wait()
	eventually(t, "all connections are idle or closed", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.open == len(p.idle) && p.waiters.Len() == 0
	})
}

// While the server is away, longer than queries wait for it, handlers decide by
// themselves, and the callback of a channel is back soon after.
func TestHandlersDuringOutage(t *testing.T) {
	t.Parallel()
	s := pgtest.Start(t, pgtest.Options{})
	rt, logged := newRuntime(t, "postgres")
	run(t, rt, `
		db = pg:new("`+s.ConnString("postgres")+`")
		answered, deferred, resyncs, heard = 0, 0, 0
		db:listen('chan', function(payload)
			if payload then heard = payload else resyncs = resyncs + 1 end
		end, {resync = true})
		function handle()
			local result, err = db:execute('SELECT $1::int AS n', {1})
			if result then
				assert(result:fetch().n == '1')
				answered = answered + 1
			else
				assert(type(err) == 'string' and err ~= '')
				deferred = deferred + 1
				sleep(0.001)
			end
		end
	`)
	ctx, cancel := context.WithCancel(t.Context())
	var mails sync.WaitGroup
	defer mails.Wait()
	defer cancel()
	for range 16 {
		mails.Go(func() {
			for ctx.Err() == nil {
				if err := rt.Run(t.Context(), "handler", func(L *lua.LState) error { return L.DoString("handle()") }); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	counted := func(condition string) func() bool {
		return func() bool {
			return rt.DoString(t.Context(), "=condition", "assert("+condition+")") == nil
		}
	}
	eventually(t, "queries are answered", counted("answered > 100 and resyncs == 1"))
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	eventuallyWithin(t, 2*defaultGrace, "queries fail at once", counted("deferred > 1000"))
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	run(t, rt, `before = answered`)
	eventuallyWithin(t, maxDelay+time.Second, "queries are answered, and notifications heard", counted("answered > before + 100 and resyncs == 2"))
	s.SQL(t, "postgres", "NOTIFY chan, 'news'")
	eventually(t, "the notification is heard", counted("heard == 'news'"))
	if n := backends(t, s, "postgres"); n > defaultMaxConnections+1 {
		t.Errorf("%d connections", n)
	}
	if logged.contains("level=ERROR") {
		t.Errorf("logged: %s", logged)
	}
}

func TestSilentServer(t *testing.T) {
	s := startFakeServer(t, (*fakeBackend).untilClosed)
	p := openPool(t, s.connString+" connect_timeout=1")
	if got := execError(t, p, "SELECT 1"); !strings.HasSuffix(got, ": no answer within 1s") {
		t.Errorf("got %s", got)
	}
}

func TestServerThatNeverAnswersQueries(t *testing.T) {
	s := startFakeServer(t, func(b *fakeBackend) {
		if b.greet() {
			b.untilClosed()
		}
	})
	p := openPool(t, s.connString, func(o *poolOptions) { o.queryTimeout = 50 * time.Millisecond })
	for range 2 {
		if got := execError(t, p, "SELECT 1"); !strings.Contains(got, "query_timeout") {
			t.Errorf("got %s", got)
		}
	}
}

// Whatever a server answers, there is an error or a result, and no panic.
func TestStrangeAnswers(t *testing.T) {
	ready := &pgproto3.ReadyForQuery{TxStatus: 'I'}
	columns := &pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{{Name: []byte("a")}}}
	for name, c := range map[string]struct {
		answer []pgproto3.BackendMessage
		want   string
	}{
		"hangs up":             {nil, "connection to the database lost: closed by the server"},
		"nothing":              {[]pgproto3.BackendMessage{ready}, "protocol error"},
		"unannounced row":      {[]pgproto3.BackendMessage{&pgproto3.DataRow{Values: [][]byte{{'x'}}}, ready}, "not announced"},
		"too many values":      {[]pgproto3.BackendMessage{columns, &pgproto3.DataRow{Values: [][]byte{{'x'}, nil}}, ready}, "not announced"},
		"row without end":      {[]pgproto3.BackendMessage{columns, &pgproto3.DataRow{Values: [][]byte{nil}}}, "connection to the database lost"},
		"replication":          {[]pgproto3.BackendMessage{&pgproto3.CopyBothResponse{}, ready}, "COPY"},
		"out of place":         {[]pgproto3.BackendMessage{&pgproto3.BackendKeyData{SecretKey: make([]byte, 4)}, &pgproto3.CommandComplete{CommandTag: []byte("SELECT 0")}, ready}, ""},
		"error without fields": {[]pgproto3.BackendMessage{&pgproto3.ErrorResponse{}, ready}, "SQLSTATE"},
		"odd tag":              {[]pgproto3.BackendMessage{&pgproto3.CommandComplete{CommandTag: []byte("99999999999999999999999")}, ready}, ""},
		"old fatal error":      {[]pgproto3.BackendMessage{&pgproto3.ErrorResponse{Severity: "FATAL", Message: "gone"}}, "FATAL:  gone"},
	} {
		s := startFakeServer(t, func(b *fakeBackend) {
			if !b.greet() {
				return
			}
			for {
				if _, err := b.query(); err != nil || c.answer == nil {
					return
				}
				b.send(c.answer...)
				if c.answer[len(c.answer)-1] != ready {
					return
				}
			}
		})
		p := openPool(t, s.connString)
		_, _, err := p.execute(t.Context(), query{sql: "SELECT 1"})
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(errorText(err, ""), c.want)):
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}
