package pg

import (
	"fmt"
	"strings"
	"testing"

	"qrelay/runtime/pgtest"
)

// startTLS starts a server with a certificate for localhost, which user plain
// may not use with TLS, user secret only so, and user joe only with a
// certificate of his own.
func startTLS(t *testing.T, ca *authority) *pgtest.Server {
	t.Helper()
	cert, key := ca.issue(t, "server of a test", "localhost")
	s := pgtest.Start(t, pgtest.Options{
		Settings: map[string]string{"ssl": "on", "ssl_ca_file": "ca.pem", "ssl_cert_file": "cert.pem", "ssl_key_file": "key.pem"},
		Files:    map[string]string{"ca.pem": ca.pem, "cert.pem": cert, "key.pem": key},
		HBA: []string{
			"hostssl all plain 127.0.0.1/32 reject", "hostnossl all secret 127.0.0.1/32 reject",
			"hostssl all joe 127.0.0.1/32 cert", "hostnossl all joe 127.0.0.1/32 reject",
		},
	})
	s.SQL(t, "postgres", "CREATE ROLE plain LOGIN; CREATE ROLE secret LOGIN; CREATE ROLE joe LOGIN")
	return s
}

const isTLS = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"

func TestTLS(t *testing.T) {
	clearEnv(t)
	ca := newAuthority(t)
	s := startTLS(t, ca)
	roots, strangers := save(t, "ca.pem", ca.pem), save(t, "other.pem", newAuthority(t).pem)
	cert, key := ca.issue(t, "joe")
	joe := fmt.Sprintf("user=joe sslcert=%s sslkey=%s", save(t, "joe.pem", cert), save(t, "joe.key", key))
	const right, wrong = "host=localhost hostaddr=127.0.0.1", "host=127.0.0.1"
	for _, c := range []struct{ host, params, want string }{
		{wrong, "sslmode=disable", "f"},
		{wrong, "sslmode=allow", "f"},
		{wrong, "sslmode=allow user=secret", "t"},
		{wrong, "sslmode=prefer", "t"},
		{wrong, "", "t"}, // prefer is the default
		{wrong, "sslmode=prefer user=plain", "f"},
		{wrong, "sslmode=require", "t"},
		{wrong, "sslmode=require ssl_min_protocol_version=TLSv1.3", "t"},
		{wrong, "sslmode=verify-ca sslrootcert=" + roots, "t"},
		{right, "sslmode=verify-full sslrootcert=" + roots, "t"},
		{right, "sslmode=verify-full sslrootcert=" + roots + " " + joe, "t"},

		{wrong, "sslmode=disable user=secret", "(SQLSTATE 28000)"},
		{wrong, "sslmode=require user=plain", "(SQLSTATE 28000)"},
		{wrong, "sslmode=require user=joe", "(SQLSTATE 28000)"},
		{wrong, "sslmode=require sslrootcert=" + strangers, "certificate signed by unknown authority"},
		{wrong, "sslmode=verify-ca sslrootcert=" + strangers, "certificate signed by unknown authority"},
		{right, "sslmode=verify-full sslrootcert=" + strangers, "certificate signed by unknown authority"},
		{right, "sslmode=verify-full", "certificate signed by unknown authority"},
		{wrong, "sslmode=verify-full sslrootcert=" + roots, "cannot validate certificate for 127.0.0.1"},
		{"host=db.invalid hostaddr=127.0.0.1", "sslmode=verify-full sslrootcert=" + roots, "certificate is valid for localhost, not db.invalid"},
	} {
		connString := fmt.Sprintf("%s port=%d dbname=postgres user=postgres %s", c.host, s.Port, c.params)
		if got := outcome(t, connString, isTLS); !strings.Contains(got, c.want) {
			t.Errorf("%s %s: got %s, want %s", c.host, c.params, got, c.want)
		}
	}
}

// A server without TLS is refused if TLS is required, and only then.
func TestServerWithoutTLS(t *testing.T) {
	clearEnv(t)
	roots := save(t, "ca.pem", newAuthority(t).pem)
	for _, c := range []struct{ params, want string }{
		{"sslmode=disable", "f"},
		{"sslmode=allow", "f"},
		{"sslmode=prefer", "f"},
		{"sslmode=require", "server refused TLS connection"},
		{"sslmode=verify-ca sslrootcert=" + roots, "server refused TLS connection"},
		{"sslmode=verify-full sslrootcert=" + roots, "server refused TLS connection"},
	} {
		got := outcome(t, server.TCPConnString("postgres", server.Port)+" "+c.params, isTLS)
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: got %s, want %s", c.params, got, c.want)
		}
	}
}

// Everything that looks at the socket beside the queries works with TLS, too.
func TestSessionsWithTLS(t *testing.T) {
	clearEnv(t)
	s := startTLS(t, newAuthority(t))
	connString := fmt.Sprintf("host=127.0.0.1 port=%d dbname=postgres user=postgres sslmode=require", s.Port)

	p := openPool(t, connString, func(o *poolOptions) { o.maxConnections = 1 })
	exec(t, p, "LISTEN chan")
	pid := cell(t, exec(t, p, "SELECT pg_backend_pid()"))
	s.SQL(t, "postgres", "NOTIFY chan")
	eventually(t, "the idle connection is sent something", func() bool {
		pending, _ := p.idle[0].peek()
		return pending
	})
	if got := cell(t, exec(t, p, "SELECT pg_backend_pid()")); got != pid {
		t.Errorf("the connection was not kept: process %s, then %s", pid, got)
	}
	s.Terminate(t, "postgres", "SELECT pg_backend_pid%")
	eventually(t, "the server has hung up", func() bool {
		pending, closed := p.idle[0].peek()
		return pending || closed
	})
	if got := cell(t, exec(t, p, "SELECT pg_backend_pid()")); got == pid {
		t.Error("the connection goes on after its end")
	}

	l := startListener(t, connString)
	var one, two recorder
	l.listen("one", one.channel())
	one.expect(t, "started")
	l.listen("two", two.channel()) // interrupts the wait for notifications
	two.expect(t, "started")
	s.SQL(t, "postgres", "NOTIFY one, 'a'; NOTIFY two, 'b'")
	one.expect(t, "started a")
	two.expect(t, "started b")
}
