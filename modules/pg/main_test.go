package pg

import (
	"flag"
	"fmt"
	"log/slog"
	"os"
	"testing"

	"go.uber.org/goleak"

	"qrelay/runtime/await"
	"qrelay/runtime/pgtest"
)

// server is shared by all tests; each makes a database of its own. Tests that
// stop a server start one themselves.
var server *pgtest.Server

func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.fuzz").Value.String() != "" {
		os.Exit(m.Run()) // fuzz targets need no server
	}
	var err error
	server, err = pgtest.Open(pgtest.Options{HBA: []string{"host all secret 127.0.0.1/32 scram-sha-256"}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	if err := server.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	if err := goleak.Find(); err != nil && status == 0 {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

// eventually waits until something is true.
var (
	eventually       = await.Until
	eventuallyWithin = await.Within
)

// A logBuffer holds what was logged.
type logBuffer struct{ await.Log }

func (b *logBuffer) contains(text string) bool { return b.Count(text) > 0 }

func newLog() (*logBuffer, *slog.Logger) {
	b := &logBuffer{}
	return b, slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// options returns what pools of tests use, changed by edit.
func options(edit ...func(*poolOptions)) poolOptions {
	o := poolOptions{
		maxConnections: defaultMaxConnections, waitTimeout: defaultWaitTimeout, grace: defaultGrace,
		execution: execution{prepare: true, limit: defaultResultLimit},
	}
	for _, e := range edit {
		e(&o)
	}
	return o
}

// openPool makes a pool that ends with the test.
func openPool(t testing.TB, connString string, edit ...func(*poolOptions)) *pool {
	t.Helper()
	cfg, err := parseConnString(connString, "")
	if err != nil {
		t.Fatal(err)
	}
	_, log := newLog()
	p := newPool(cfg, options(edit...), log)
	t.Cleanup(func() {
		p.close()
		if p.open != 0 {
			t.Errorf("%d connections are still open", p.open)
		}
	})
	return p
}

// exec runs a query that must work.
func exec(t testing.TB, p *pool, sql string, params ...string) *result {
	t.Helper()
	res, c, err := p.execute(t.Context(), query{sql, texts(params...), params != nil})
	if err != nil {
		t.Fatalf("%s: %s", sql, errorText(err, sql))
	}
	if c != nil {
		p.release(c)
		t.Fatalf("%s left a transaction open", sql)
	}
	return res
}

// cell returns the first value of the next row.
func cell(t testing.TB, r *result) string {
	t.Helper()
	reader, ok := r.fetch()
	if !ok {
		t.Fatal("no more rows")
	}
	if v := reader.value(); !v.null {
		return v.s
	}
	return "<null>"
}

// execError runs a query that must fail and returns the text of the error.
func execError(t testing.TB, p *pool, sql string, params ...string) string {
	t.Helper()
	_, c, err := p.execute(t.Context(), query{sql, texts(params...), params != nil})
	if c != nil {
		p.release(c)
	}
	if err == nil {
		t.Fatalf("%s: no error", sql)
	}
	return errorText(err, sql)
}

// outcome returns what a query gives: its first value, or the error.
func outcome(t testing.TB, connString, sql string) string {
	t.Helper()
	if _, err := parseConnString(connString, ""); err != nil {
		return err.Error()
	}
	res, _, err := openPool(t, connString).execute(t.Context(), query{sql: sql})
	if err != nil {
		return errorText(err, sql)
	}
	return cell(t, res)
}
