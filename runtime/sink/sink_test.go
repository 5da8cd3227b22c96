package sink

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"qrelay/runtime/await"
	"qrelay/runtime/qmqp"
)

// A running sink and what it printed.
type running struct {
	address string
	stop    context.CancelFunc
	done    chan struct{}
	summary Summary
	out     await.Log
}

// start runs a sink on a socket in a temporary directory.
func start(t *testing.T, o Options) *running {
	t.Helper()
	r := &running{done: make(chan struct{})}
	if o.Address == "" {
		o.Address = filepath.Join(t.TempDir(), "sock")
	}
	o.Out = &r.out
	s, err := Listen(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	r.address = s.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	go func() {
		defer close(r.done)
		if r.summary, err = s.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	}()
	t.Cleanup(func() { r.end() })
	return r
}

// end stops the sink and returns its summary.
func (r *running) end() Summary {
	r.stop()
	<-r.done
	return r.summary
}

// converse sends bytes and returns everything that comes back.
func converse(t *testing.T, address, raw string) string {
	t.Helper()
	network := "unix"
	if !strings.HasPrefix(address, "/") {
		network = "tcp"
	}
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Fatal(err)
	}
	switch c := conn.(type) {
	case *net.UnixConn:
		c.CloseWrite()
	case *net.TCPConn:
		c.CloseWrite()
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Error(err)
	}
	return string(answer)
}

func request(message, sender string, recipients ...string) string {
	var b bytes.Buffer
	qmqp.WriteRequest(&b, strings.NewReader(message), int64(len(message)), sender, recipients)
	return b.String()
}

func TestSinkPrintsALinePerMail(t *testing.T) {
	s := start(t, Options{})
	if got := converse(t, s.address, request("hello\n", "a@example.com", "b@example.org", "c\x1b@example.org")); got != "10:Kdiscarded," {
		t.Errorf("answer %q", got)
	}
	if got := (Summary{Accepted: 1, Bytes: 6}); s.end() != got {
		t.Errorf("summary %+v, want %+v", s.summary, got)
	}
	lines := strings.SplitAfter(s.out.String(), "\n")
	want := []string{
		"listening on " + s.address + "\n",
		`1 from=<a@example.com> to=<b@example.org>,<c\x1b@example.org> size=6 reply="Kdiscarded"` + "\n",
	}
	if len(lines) != 4 || lines[0] != want[0] || lines[1] != want[1] || !strings.HasPrefix(lines[2], "1 mail in ") ||
		!strings.HasSuffix(lines[2], " s: 1 accepted, 0 deferred, 0 rejected, 0 dropped; 6 bytes; 0 broken connections\n") {
		t.Errorf("printed %q", lines)
	}
	if _, err := os.Lstat(s.address); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there (%v)", err)
	}
}

func TestSinkOverTCP(t *testing.T) {
	s := start(t, Options{Address: "127.0.0.1:0"})
	if got := converse(t, s.address, request("hello\n", "", "b")); got != "10:Kdiscarded," {
		t.Errorf("answer %q", got)
	}
}

func TestShares(t *testing.T) {
	s := start(t, Options{Defer: whole / 10, Reject: whole / 20, Drop: whole / 4})
	for range 40 {
		switch got := converse(t, s.address, request("x", "", "b")); got {
		case "", "10:Kdiscarded,", "21:Zdeferred by the sink,", "21:Drejected by the sink,":
		default:
			t.Errorf("answer %q", got)
		}
	}
	want := Summary{Accepted: 24, Deferred: 4, Rejected: 2, Dropped: 10, Bytes: 40}
	if got := s.end(); got != want {
		t.Errorf("summary %+v, want %+v", got, want)
	}
}

func TestBrokenRequests(t *testing.T) {
	s := start(t, Options{})
	bad := []string{"", "5", "x:", "3:abcx", "10:abc", "3:abc,", "0:,", "1:x,trailing", "99999999999:", "9:1:m,1:s,x,"}
	for _, raw := range bad {
		if got := converse(t, s.address, raw); got != "" {
			t.Errorf("%q got the answer %q", raw, got)
		}
	}
	if got := s.end(); got != (Summary{Broken: len(bad)}) {
		t.Errorf("summary %+v", got)
	}
}

func TestCount(t *testing.T) {
	s := start(t, Options{Count: 3})
	for range 3 {
		converse(t, s.address, request("x", "", "b"))
	}
	<-s.done
	if s.summary.Mails() != 3 {
		t.Errorf("summary %+v", s.summary)
	}
	if conn, err := net.Dial("unix", s.address); err == nil {
		conn.Close()
		t.Error("it still takes connections")
	}
}

func TestConcurrentMails(t *testing.T) {
	const clients, each = 20, 10
	dir := t.TempDir()
	store, err := OpenMaildir(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, Options{Store: store, Count: clients * each})
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for range each {
				if got := converse(t, s.address, request(strings.Repeat("line\r\n", 3000), "a", "b")); !strings.Contains(got, ":Kstored as ") {
					t.Errorf("answer %q", got)
				}
			}
		})
	}
	all.Wait()
	<-s.done
	if files, err := os.ReadDir(filepath.Join(dir, "new")); err != nil || len(files) != clients*each {
		t.Errorf("%d mails in the Maildir (%v), want %d", len(files), err, clients*each)
	}
}

func TestEndWaitsForMailsInProgress(t *testing.T) {
	s := start(t, Options{Delay: 50 * time.Millisecond})
	conn, err := net.Dial("unix", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, request("x", "", "b"))
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	await.Until(t, "the sink has read the mail", func() bool {
		unread := -1
		raw.Control(func(fd uintptr) { unread, _ = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) })
		return unread == 0
	})
	if got := s.end(); got.Accepted != 1 {
		t.Errorf("summary %+v", got)
	}
	if answer, err := io.ReadAll(conn); string(answer) != "10:Kdiscarded," {
		t.Errorf("answer %q, %v", answer, err)
	}
}

func TestEndCutsIdleClients(t *testing.T) {
	s := start(t, Options{Grace: time.Millisecond})
	conn, err := net.Dial("unix", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	converse(t, s.address, request("x", "", "b")) // so that the other one is accepted
	if got := s.end(); got.Broken != 1 || !strings.Contains(s.out.String(), "broken connection: receiving the request: the sink is ending\n") {
		t.Errorf("summary %+v, printed %q", got, s.out.String())
	}
}

func TestStoreFails(t *testing.T) {
	dir := t.TempDir()
	store, err := OpenMaildir(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, Options{Store: store})
	if err := os.RemoveAll(filepath.Join(dir, "tmp")); err != nil {
		t.Fatal(err)
	}
	if got := converse(t, s.address, request("x", "", "b")); !strings.Contains(got, ":Zmaildir: ") || !strings.Contains(got, "no such file") {
		t.Errorf("answer %q", got)
	}
	if got := s.end(); got != (Summary{Deferred: 1, Bytes: 1}) {
		t.Errorf("summary %+v", got)
	}
}

func TestListenErrors(t *testing.T) {
	tests := []struct {
		o    Options
		want string
	}{
		{Options{Address: "/nonexistent/dir/sock"}, "listen /nonexistent/dir/sock"},
		{Options{Address: ""}, "address"},
		{Options{Address: "@x", Defer: whole, Drop: 1}, "more than 100%"},
		{Options{Address: "@x", Count: -1}, "must not be negative"},
		{Options{Address: "@x", Delay: -1}, "must not be negative"},
	}
	for _, test := range tests {
		if _, err := Listen(t.Context(), test.o); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: error %v, want %q", test.o, err, test.want)
		}
	}
}
