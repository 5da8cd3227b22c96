package tests

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"qrelay/runtime/await"
	"qrelay/runtime/pgtest"
	"qrelay/tests/harness"
)

// example starts a policy made of the examples of the manual that the C++
// daemon came with, as they stand there.
func example(t *testing.T, name string, env ...string) *harness.Policy {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "manual", name))
	if err != nil {
		t.Fatal(err)
	}
	return harness.StartPolicy(t, string(text), env...)
}

const hello = "Subject: hello\n\nHello!\n"

// expect submits a mail to the n-th listener and compares the answer.
func expect(t *testing.T, p *harness.Policy, n int, want string) {
	t.Helper()
	got := harness.Submit(t, p.Address(n), hello, "alice@example.com", "bob@example.org")
	if got.String() != want {
		t.Fatalf("the answer is %q, want %q\n%s", got, want, p.Output())
	}
}

// printed checks that the policy has printed these lines, one after the other.
func printed(t *testing.T, p *harness.Policy, lines ...string) {
	t.Helper()
	want := strings.Join(lines, "\n") + "\n"
	if got := p.Output(); !strings.Contains(got, want) {
		t.Errorf("printed %s\nwant %s", got, want)
	}
}

func TestManualFirst(t *testing.T) {
	p := example(t, "first.lua")
	expect(t, p, 1, "Kqueued")
	mails := p.NextHop.Take()
	want := fmt.Sprintf("Received: from PID=%d UID=%d with QMQP\r\n%s", os.Getpid(), os.Getuid(), hello)
	if len(mails) != 1 || string(mails[0].Message) != want || mails[0].Sender != "alice@example.com" {
		t.Errorf("the next hop got %q", mails)
	}
}

func TestManualSharedHandler(t *testing.T) {
	p := example(t, "shared_handler.lua")
	expect(t, p, 1, "Drejected")
	expect(t, p, 2, "Drejected")
}

func TestManualInsertHeader(t *testing.T) {
	p := example(t, "insert_header.lua")
	expect(t, p, 1, "Kqueued")
	mails := p.NextHop.Take()
	if len(mails) != 1 || !strings.HasPrefix(string(mails[0].Message), "X-Cgroup: /") {
		t.Errorf("the next hop got %q", mails)
	}
}

func TestManualAttributes(t *testing.T) {
	p := example(t, "attributes.lua")
	expect(t, p, 1, "Kqueued")
	printed(t, p, fmt.Sprintf("alice@example.com\tbob@example.org\t%d\t%d\t%d", os.Getpid(), os.Getuid(), os.Getgid()))
	if mails := p.NextHop.Take(); len(mails) != 1 || mails[0].Sender != "changed@example.com" {
		t.Errorf("the next hop got %q", mails)
	}
}

func TestManualPrograms(t *testing.T) {
	p := example(t, "programs.lua")
	expect(t, p, 1, "Kran PROGRAM ARG")
	expect(t, p, 2, "Kran /usr/sbin/sendmail -f alice@example.com bob@example.org")
	received := fmt.Sprintf("Received: from PID=%d UID=%d with QMQP\r\n%s", os.Getpid(), os.Getuid(), hello)
	for method, want := range map[string]string{
		"exec":     fmt.Sprintf(":%s,17:alice@example.com,15:bob@example.org,,", received),
		"exec_raw": received,
	} {
		if got, err := p.Input(method); err != nil || !strings.HasSuffix(got, want) {
			t.Errorf("%s: the program got %q (%v), want %q", method, got, err, want)
		}
	}
}

func TestManualAddresses(t *testing.T) {
	p := example(t, "addresses.lua")
	expect(t, p, 1, "Kqueued")
	printed(t, p, "192.168.0.2:628\t[::1]:4321\t/run/server5.sock\t@server4")
}

func TestManualLibraries(t *testing.T) {
	got := listenAtTest(t)
	p := example(t, "libraries.lua")
	if text := <-got; text != "hello world" {
		t.Errorf("the socket got %q", text)
	}
	expect(t, p, 1, "Kdiscarded")
	printed(t, p,
		`{"x":42,"y":"z"}`,
		"{", "  x = 42,", `  y = "z"`, "}",
		"4100ff\thello world\ttrue\ttrue\t32")
}

// listenAtTest listens at the address of the manual's example and returns what
// the first client sends. Another run of this test may have it for a while.
func listenAtTest(t *testing.T) <-chan string {
	t.Helper()
	var l *net.UnixListener
	await.Until(t, "the socket @test is free", func() (ok bool) {
		var err error
		l, err = net.ListenUnix("unixpacket", &net.UnixAddr{Name: "@test", Net: "unixpacket"})
		return err == nil
	})
	t.Cleanup(func() { l.Close() })
	got := make(chan string, 1)
	go func() {
		defer close(got)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		buf := make([]byte, 100)
		n, _ := conn.Read(buf)
		got <- string(buf[:n])
	}()
	return got
}

func TestManualDatabase(t *testing.T) {
	server := pgtest.Start(t, pgtest.Options{})
	server.SQL(t, "postgres", "CREATE DATABASE foo")
	server.SQL(t, "foo", `CREATE SCHEMA schemaname;
		CREATE TABLE schemaname.bar (id int, name text);
		INSERT INTO schemaname.bar VALUES (42, 'answer')`)
	var env []string
	for name, value := range server.Env() {
		env = append(env, name+"="+value)
	}
	p := example(t, "database.lua", env...)
	expect(t, p, 1, "Kdiscarded")
	printed(t, p, "42\tanswer", `answer	{"a","b"}	2`)

	await.Until(t, "a notification arrives", func() bool {
		server.SQL(t, "foo", "NOTIFY bar")
		return strings.Contains(p.Output(), "Received a PostgreSQL NOTIFY\n")
	})
	if err := syscall.Kill(p.PID(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	await.Until(t, "reload runs", func() bool { return strings.Contains(p.Output(), "\nreload\n") })
}
