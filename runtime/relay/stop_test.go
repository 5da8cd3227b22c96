package relay

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Mails in flight may finish while the server stops; nobody else is served.
func TestStopWaits(t *testing.T) {
	h := newHop(t, func(c *caller) {
		c.read()
		c.wait()
	})
	b := newBed(t, `log_server = '{log}' qmqp_listen('{sock}', function(m)
		print('ready')
		while not io.open('{dir}/go') do sleep(0.001) end
		return m:discard()
	end)`, hopAt(h))
	c := b.dial()
	c.send(aRequest)
	eventually(t, "ready", func() bool { return printed(b) })
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		b.server.Stop(context.Background())
	}()
	eventually(t, "it does not listen", func() bool {
		conn, err := net.Dial("unix", b.path())
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	select {
	case <-stopped:
		t.Error("Stop did not wait for the mail")
	default:
	}
	if err := os.WriteFile(filepath.Join(b.dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := c.reply(); got != "Kdiscarded" {
		t.Errorf("got %q", got)
	}
	<-stopped
	b.records.all()
}

// everyWait starts a mail for each thing that a mail can wait for.
func everyWait(t *testing.T) (b *bed, clients map[string]*client) {
	t.Helper()
	h := newHop(t, func(c *caller) { c.read(); c.wait() })
	bodies := map[string]string{
		"sleep":   "sleep(1000) return m:discard()",
		"yield":   "coroutine.yield() return m:discard()",
		"loop":    "while true do pcall(sleep, 1000) end",
		"connect": "return m:connect('{hop}')",
		"exec":    "return m:exec('/bin/sleep', 1000)",
		"raw":     "return m:exec_raw('/bin/sleep', 1000)",
		"deaf":    `return m:exec_raw('/bin/sh', '-c', 'trap "" TERM; while :; do sleep 0.01; done')`,
	}
	for name, body := range bodies {
		bodies[name] = "print('ready') " + body
	}
	b = handlers(t, bodies, hopAt(h), func(p *plan) { p.KillDelay = 50 * time.Millisecond })
	clients = map[string]*client{}
	for name := range bodies {
		clients[name] = b.dial()
		clients[name].send(mailFrom(name + "@example.com"))
	}
	eventually(t, "all are there", func() bool {
		return b.printed.Count("ready") == len(bodies) && h.calls() == 1 && b.server.children.Running() == 3
	})
	return b, clients
}

// When the grace period is over the rest is answered Z, whatever it waits for.
func TestStopInterrupts(t *testing.T) {
	b, clients := everyWait(t)
	over, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		b.server.Stop(over)
	}()
	eventually(t, "it does not listen", func() bool { return !exists(b, "q") })
	if n := b.server.Inflight(); n != int64(len(clients)) {
		t.Errorf("%d mails in flight within the grace period", n)
	}
	cancel()
	for name, c := range clients {
		if got := c.reply(); got != "Zshutting down" {
			t.Errorf("%s: got %q", name, got)
		}
	}
	<-stopped
	records := b.records.all()
	if len(records) != len(clients) {
		t.Errorf("%d log records", len(records))
	}
	for _, r := range records {
		if !strings.HasSuffix(r.Message, " shutting down") {
			t.Errorf("log record %q", r.Message)
		}
	}
	if n := b.log.Count("script failed"); n != 0 {
		t.Errorf("scripts are blamed:\n%s", b.log.String())
	}
}

// Requests that are not complete are dropped at once: nothing of them is lost
// that the client does not still have.
func TestStopDropsIncompleteRequests(t *testing.T) {
	b := handle(t, "return m:discard()")
	silent, incomplete := b.dial(), b.dial()
	incomplete.send(aRequest[:20])
	eventually(t, "both are accepted", func() bool { return b.server.Inflight() == 2 })
	b.server.Stop(t.Context())
	for _, c := range []*client{silent, incomplete} {
		if got := c.reply(); got != "" {
			t.Errorf("got %q", got)
		}
	}
	if n := b.log.Count("closed without reply", "shutting down"); n != 2 {
		t.Errorf("%d log lines", n)
	}
}

// Running out of descriptors is a pause, not the end, and no flood of log lines.
func TestOutOfDescriptors(t *testing.T) {
	b := newBed(t, "qmqp_listen('{sock}', function(m) return m:discard() end)")
	fd := newSocket(t)
	release := useUpDescriptors(t)
	err := unix.Connect(fd, &unix.SockaddrUnix{Name: b.path()})
	eventually(t, "accept fails", func() bool { return b.log.Count("cannot accept", "too many open files", "times=1") > 0 })
	release()
	if err != nil {
		t.Fatal(err)
	}
	dup, err := unix.Dup(fd)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(dup), "client")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(patience))
	if got := (&client{t, conn}).exchange(aRequest); got != "Kdiscarded" {
		t.Errorf("got %q", got)
	}
	if n := b.log.Count("cannot accept"); n != 1 {
		t.Errorf("%d lines of a moment:\n%s", n, b.log.String())
	}
}

// useUpDescriptors leaves no descriptor for this process until release.
func useUpDescriptors(t *testing.T) (release func()) {
	t.Helper()
	var old unix.Rlimit
	if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, nil, &old); err != nil {
		t.Fatal(err)
	}
	few := unix.Rlimit{Cur: 64, Max: old.Max}
	if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, &few, nil); err != nil {
		t.Fatal(err)
	}
	var fillers []int
	for {
		fd, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			break
		}
		fillers = append(fillers, fd)
	}
	return func() {
		for _, fd := range fillers {
			unix.Close(fd)
		}
		if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, &old, nil); err != nil {
			t.Fatal(err)
		}
	}
}
