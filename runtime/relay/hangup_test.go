package relay

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A stage is a point in a mail's life at which its client hangs up.
type stage struct {
	name  string
	body  string          // of the handler
	play  func(*caller)   // of the next hop
	ready func(*bed) bool // the mail is there
	size  int             // of the message
}

func printed(b *bed) bool { return b.printed.Count("ready") > 0 }

// touched tells whether a program has made its file.
func touched(b *bed) bool {
	_, err := os.Stat(filepath.Join(b.dir, "ready"))
	return err == nil
}

func called(h *hop) func(*bed) bool { return func(*bed) bool { return h.calls() > 0 } }

// Whatever a mail is waiting for, a client that hangs up ends it: handler, next
// hop or program. The log record says so, and the next mail is served.
func TestHangup(t *testing.T) {
	const big = 4 << 20 // more than any socket or pipe holds
	stages := []stage{
		{name: "handler sleeps", body: "print('ready') sleep(1000) return m:discard()"},
		{name: "handler yields", body: "print('ready') coroutine.yield() return m:discard()"},
		{name: "handler computes", body: "print('ready') while true do end"},
		{name: "handler computes and catches errors", body: "print('ready') while true do pcall(function() while true do end end) end"},
		{name: "handler sleeps and catches errors", body: "print('ready') while true do pcall(sleep, 1000) end"},
		{name: "handler sleeps in a coroutine", body: "print('ready') coroutine.wrap(function() sleep(1000) end)() return m:discard()"},
		{name: "next hop does not read", body: "return m:connect('{hop}')", play: func(c *caller) { <-c.closed() }, size: big},
		{name: "next hop does not answer", body: "return m:connect('{hop}')", play: func(c *caller) { c.read(); c.wait() }},
		{name: "next hop answers without end", body: "return m:connect('{hop}')", play: func(c *caller) {
			c.read()
			for c.say("999999999:K"); ; {
				if _, err := c.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		}},
		{name: "exec: program does not end", body: "return m:exec('/bin/sh', '-c', 'echo >{dir}/ready; exec sleep 1000')", ready: touched},
		{name: "exec_raw: program does not end", body: "return m:exec_raw('/bin/sh', '-c', 'echo >{dir}/ready; exec sleep 1000')", ready: touched},
		{name: "exec_raw: program does not read", body: "return m:exec_raw('/bin/sh', '-c', 'echo >{dir}/ready; exec sleep 1000')", ready: touched, size: big},
		{name: "exec: program ignores SIGPIPE and output", body: `return m:exec('/bin/sh', '-c', 'trap "" PIPE; echo >{dir}/ready; while :; do echo x; done')`, ready: touched},
	}
	for _, s := range stages {
		t.Run(s.name, func(t *testing.T) { hangUpAt(t, s) })
	}
}

func hangUpAt(t *testing.T, s stage) {
	b, c := reach(t, &s)
	c.Close()
	b.ended("canceled")
	b.logged("the client hung up", "pid=", "uid=")
}

// reach starts a server and sends a mail, and returns when it has reached the
// stage.
func reach(t *testing.T, s *stage) (*bed, *client) {
	t.Helper()
	var set []func(*plan)
	if s.ready == nil {
		s.ready = printed
	}
	if s.play != nil {
		h := newHop(t, s.play)
		set = append(set, hopAt(h))
		s.ready = called(h)
	}
	b := handle(t, "if m.sender == 'next@example.com' then return m:discard() end "+s.body, set...)
	c := b.dial()
	c.send(request(strings.Repeat("x", s.size), "s@example.com", "r@example.com"))
	eventually(t, "ready", func() bool { return s.ready(b) })
	return b, c
}

// ended waits for the end of a cancelled mail, of which there must be a log
// record with this text, and tries the next one.
func (b *bed) ended(text string) {
	b.t.Helper()
	eventually(b.t, "the mail ends", func() bool { return b.server.Inflight() == 0 })
	record, ok := b.records.next()
	if !ok || record.Message != "from=<s@example.com> to=<r@example.com> "+text {
		b.t.Errorf("log record: %+v, %v", record, ok)
	}
	if b.log.Count("script failed") != 0 {
		b.t.Errorf("the script is blamed:\n%s", b.log.String())
	}
	b.wants("next", "Kdiscarded")
}

// A client that goes on sending while its mail is being handled does not speak
// QMQP: the mail is cancelled and the connection closed, as if the bytes had
// come with the request.
func TestGarbageWhileHandling(t *testing.T) {
	for _, s := range []stage{
		{name: "handler sleeps", body: "print('ready') sleep(1000) return m:discard()"},
		{name: "next hop does not answer", body: "return m:connect('{hop}')", play: func(c *caller) { c.read(); c.wait() }},
		{name: "program does not end", body: "return m:exec_raw('/bin/sh', '-c', 'echo >{dir}/ready; exec sleep 1000')", ready: touched},
	} {
		t.Run(s.name, func(t *testing.T) {
			b, c := reach(t, &s)
			c.send("\n")
			if reply, err := io.ReadAll(c); len(reply) > 0 || err != nil {
				t.Errorf("got %q, %v", reply, err)
			}
			c.Close()
			b.ended("client error")
			b.logged("closed without reply", "bytes after the end of the request", "pid=", "uid=")
		})
	}
}

// A client may hang up while its mail waits for a place in the backlog of the
// next hop.
func TestHangupWhileConnecting(t *testing.T) {
	full := fullBacklog(t)
	hangUpAt(t, stage{
		body:  "print('ready') return m:connect('" + full + "')",
		ready: printed,
	})
}

// fullBacklog returns the path of a socket whose backlog is full.
func fullBacklog(t *testing.T) string {
	t.Helper()
	path := filepath.Join(shortDir(t), "full")
	addr := &unix.SockaddrUnix{Name: path}
	l := newSocket(t)
	if err := unix.Bind(l, addr); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(l, 0); err != nil {
		t.Fatal(err)
	}
	for {
		switch err := unix.Connect(newSocket(t), addr); err {
		case nil:
		case unix.EAGAIN:
			return path
		default:
			t.Fatal(err)
		}
	}
}

func newSocket(t *testing.T) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

// A client that resets its TCP connection has hung up, too.
func TestHangupOverTCP(t *testing.T) {
	b := newBed(t, "log_server = '{log}' qmqp_listen('127.0.0.1:0', function(m) print('ready') sleep(1000) return m:discard() end)")
	c := dialTo(t, "tcp", b.server.Listeners()[0])
	c.send(aRequest)
	eventually(t, "ready", func() bool { return printed(b) })
	c.Conn.(interface{ SetLinger(int) error }).SetLinger(0) // Close resets
	c.Close()
	eventually(t, "the mail ends", func() bool { return b.server.Inflight() == 0 })
	b.logged("the client hung up", "client="+c.LocalAddr().String())
	if record, ok := b.records.next(); !ok || !strings.HasSuffix(record.Message, " canceled") {
		t.Errorf("log record: %+v, %v", record, ok)
	}
}

// What the next hop has accepted counts as accepted in the server's log, even
// if the client is gone; the client's next try is a duplicate that nobody can
// prevent.
func TestHangupAfterAcceptance(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	defer cancel()
	h := newHop(t, func(c *caller) {
		c.read()
		<-cancelled.Done()
		c.say("3:Kok,")
	})
	b := handle(t, "return m:connect('{hop}')", hopAt(h))
	c := b.dial()
	c.send(aRequest)
	<-h.requests
	cancel()
	c.Close()
	eventually(t, "the mail ends", func() bool { return b.server.Inflight() == 0 })
	if records := b.records.all(); len(records) != 1 {
		t.Errorf("log records: %+v", records)
	}
}
