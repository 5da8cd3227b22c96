package pg

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"qrelay/runtime/pgtest"
)

// A recorder is a channel that remembers what it was told.
type recorder struct {
	mu     sync.Mutex
	events []string
}

func (r *recorder) channel() *channel {
	return &channel{
		notified: func(payload string, pid uint32) { r.add(payload) },
		started:  func() { r.add("started") },
	}
}

func (r *recorder) add(event string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, event)
}

func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.events, " ")
}

// expect waits until exactly these events have come.
func (r *recorder) expect(t *testing.T, want string) {
	t.Helper()
	r.expectWithin(t, 10*time.Second, want)
}

func (r *recorder) expectWithin(t *testing.T, limit time.Duration, want string) {
	t.Helper()
	for deadline := time.Now().Add(limit); r.String() != want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: events %q, want %q", limit, r, want)
		}
	}
}

// startListener makes a listener that ends with the test.
func startListener(t *testing.T, connString string, edit ...func(*listener)) *listener {
	t.Helper()
	cfg, err := parseConnString(connString, "")
	if err != nil {
		t.Fatal(err)
	}
	_, log := newLog()
	l := newListener(cfg, log, func(*pgproto3.NoticeResponse) {})
	for _, e := range edit {
		e(l)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { l.run(ctx) })
	t.Cleanup(func() {
		cancel()
		wg.Wait()
	})
	return l
}

// backends returns how many connections qrelay has to a database.
func backends(t *testing.T, s *pgtest.Server, db string) int {
	t.Helper()
	n, err := strconv.Atoi(s.SQL(t, "postgres", "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'qrelay' AND datname = '"+db+"'"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestListen(t *testing.T) {
	db := server.NewDatabase(t)
	l := startListener(t, server.ConnString(db))
	names := []string{"plain", "With Space", `a"b`, "grün", "UPPER"}
	recorders := map[string]*recorder{}
	for _, name := range names {
		recorders[name] = &recorder{}
		if !l.listen(name, recorders[name].channel()) {
			t.Errorf("%s refused", name)
		}
		if l.listen(name, recorders[name].channel()) {
			t.Errorf("%s accepted twice", name)
		}
	}
	for _, name := range names {
		recorders[name].expect(t, "started")
		server.SQL(t, db, fmt.Sprintf("NOTIFY %s, 'p1'; NOTIFY %[1]s", quoteIdentifier(name)))
		recorders[name].expect(t, "started p1 ")
	}
	if n := backends(t, server, db); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestUnlisten(t *testing.T) {
	db := server.NewDatabase(t)
	l := startListener(t, server.ConnString(db))
	var a, b, c recorder
	l.listen("a", a.channel())
	l.listen("b", b.channel())
	a.expect(t, "started")
	b.expect(t, "started")
	if !l.unlisten("a") || l.unlisten("a") || l.unlisten("nosuch") {
		t.Error("unlisten reports wrongly")
	}
	l.listen("c", c.channel())
	c.expect(t, "started")
	server.SQL(t, db, "NOTIFY a, '1'; NOTIFY b, '1'; NOTIFY c, '1'")
	b.expect(t, "started 1")
	c.expect(t, "started 1")
	a.expect(t, "started")

	// The connection is not kept for nothing, and comes back.
	l.unlisten("b")
	l.unlisten("c")
	eventually(t, "the connection is closed", func() bool { return backends(t, server, db) == 0 })
	l.listen("a", b.channel())
	b.expect(t, "started 1 started")
	// Replaced before the listener looks: it is told that it begins, too.
	l.unlisten("a")
	l.listen("a", c.channel())
	c.expect(t, "started 1 started")
}

func TestListenAgainAfterTerminate(t *testing.T) {
	db := server.NewDatabase(t)
	l := startListener(t, server.ConnString(db))
	var a recorder
	l.listen("a", a.channel())
	want := "started"
	for range 3 {
		a.expect(t, want)
		if n := server.Terminate(t, db, "LISTEN%"); n != 1 {
			t.Fatalf("%d listening connections terminated", n)
		}
		want += " started"
		a.expectWithin(t, 5*time.Second, want)
		server.SQL(t, db, "NOTIFY a, 'x'")
		want += " x"
	}
	a.expect(t, want)
}

func TestListenAgainAfterRestart(t *testing.T) {
	s := pgtest.Start(t, pgtest.Options{})
	l := startListener(t, s.ConnString("postgres"))
	var a recorder
	l.listen("a", a.channel())
	a.expect(t, "started")
	for _, end := range []func() error{s.Stop, s.Kill} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
	}
	eventuallyWithin(t, maxDelay+time.Second, "listening again", func() bool { return strings.HasPrefix(a.String(), "started started") })
	// If it had begun to listen between the two ends, it does so once more.
	eventually(t, "notified", func() bool {
		s.SQL(t, "postgres", "NOTIFY a, 'x'")
		return strings.HasSuffix(a.String(), " x")
	})
}

// A network that has gone silent is noticed although no connection breaks.
func TestListenThroughSilence(t *testing.T) {
	proxy := pgtest.NewProxy(t, server, 0)
	db := server.NewDatabase(t)
	l := startListener(t, server.TCPConnString(db, proxy.Port)+" connect_timeout=1", func(l *listener) {
		l.pingInterval, l.pingTimeout = 50*time.Millisecond, 100*time.Millisecond
	})
	var a recorder
	l.listen("a", a.channel())
	a.expect(t, "started")
	eventually(t, "a ping", func() bool {
		return server.SQL(t, "postgres", "SELECT query FROM pg_stat_activity WHERE application_name = 'qrelay' AND datname = '"+db+"'") == ""
	})
	proxy.Freeze()
	eventually(t, "the loss is noticed", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.conn == nil
	})
	proxy.Thaw()
	a.expectWithin(t, maxDelay+time.Second, "started started")
	server.SQL(t, db, "NOTIFY a, 'x'")
	a.expect(t, "started started x")
}

func TestListenWithoutServer(t *testing.T) {
	cfg, err := parseConnString("host=/no/such user=u dbname=d", "")
	if err != nil {
		t.Fatal(err)
	}
	logged, log := newLog()
	l := newListener(cfg, log, func(*pgproto3.NoticeResponse) {})
	var a recorder
	l.listen("a", a.channel())
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { l.run(ctx) })
	eventually(t, "delays grow", func() bool { return logged.contains("next_attempt=100ms") && logged.contains("next_attempt=200ms") })
	cancel()
	wg.Wait()
	if !logged.contains("connect /no/such/.s.PGSQL.5432: no such file or directory") {
		t.Errorf("logged: %s", logged)
	}
}

// A server that accepts LISTEN and hangs up is not asked all the time.
func TestListenWithoutLasting(t *testing.T) {
	s := startFakeServer(t, func(b *fakeBackend) {
		if !b.greet() {
			return
		}
		if _, err := b.query(); err == nil {
			b.send(&pgproto3.CommandComplete{CommandTag: []byte("LISTEN")}, &pgproto3.ReadyForQuery{TxStatus: 'I'})
		}
	})
	logged, log := newLog()
	var a recorder
	startListener(t, s.connString, func(l *listener) {
		l.log = log
		l.listen("a", a.channel())
	})
	eventually(t, "delays grow", func() bool { return logged.contains("next_attempt=100ms") && logged.contains("next_attempt=200ms") })
	if logged.contains("next_attempt=0s") {
		t.Errorf("logged: %s", logged)
	}
}

// The end is not held up by a server that does not answer.
func TestListenerEnds(t *testing.T) {
	stuck := make(chan struct{}, 2)
	s := startFakeServer(t, func(b *fakeBackend) {
		if b.greet() {
			if _, err := b.query(); err == nil {
				stuck <- struct{}{}
				b.untilClosed()
			}
		}
	})
	cfg, err := parseConnString(s.connString, "")
	if err != nil {
		t.Fatal(err)
	}
	_, log := newLog()
	l := newListener(cfg, log, func(*pgproto3.NoticeResponse) {})
	var a recorder
	l.listen("a", a.channel())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		l.run(ctx)
		close(done)
	}()
	<-stuck
	cancel()
	select {
	case <-done:
	case <-time.After(goodbyeTimeout):
		t.Fatal("the listener does not end")
	}
}
