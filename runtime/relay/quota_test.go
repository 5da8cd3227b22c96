package relay

import (
	"fmt"
	"io"
	"net"
	"os"
	goruntime "runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// otherUser is the user id of "nobody".
const otherUser = 65534

// dialAs opens connections as another user. The credentials of a thread are
// what its sockets have; a thread that is not unlocked ends with its goroutine.
func dialAs(t *testing.T, uid int, address string, n int) []net.Conn {
	t.Helper()
	conns := make([]net.Conn, 0, n)
	failed := make(chan error)
	go func() {
		goruntime.LockOSThread()
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, uintptr(uid), uintptr(uid), uintptr(uid)); errno != 0 {
			failed <- fmt.Errorf("setresuid, which needs root: %w", errno)
			return
		}
		for range n {
			conn, err := net.Dial("unix", address)
			if err != nil {
				failed <- err
				return
			}
			conns = append(conns, conn)
		}
		failed <- nil
	}()
	err := <-failed
	t.Cleanup(func() { closeAll(conns) })
	if err != nil {
		t.Fatal(err)
	}
	return conns
}

// count returns how many of the connections have been closed with a reply.
func count(conns []net.Conn, reply string) int {
	var n atomic.Int64
	var reading sync.WaitGroup
	deadline := time.Now().Add(2 * time.Second) // for those that stay open
	for _, c := range conns {
		reading.Go(func() {
			c.SetReadDeadline(deadline)
			if got, err := io.ReadAll(c); err == nil && string(got) == reply {
				n.Add(1)
			}
		})
	}
	reading.Wait()
	return int(n.Load())
}

func closeAll(conns []net.Conn) {
	for _, c := range conns {
		c.Close()
	}
}

// abstract is a socket that other users can reach.
func abstract(t *testing.T) string {
	return fmt.Sprintf("@qrelay-%d-%s", os.Getpid(), strings.ReplaceAll(t.Name(), "/", "-"))
}

// users returns how many users have connections.
func (b *bed) users() int {
	b.server.quota.mu.Lock()
	defer b.server.quota.mu.Unlock()
	return len(b.server.quota.users)
}

// untold returns how many refusals the log has not told yet.
func (b *bed) untold() int {
	d := &b.server.quota.refusals
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.untold
}

func patientWith(d time.Duration) func(*plan) { return func(p *plan) { p.limits.receive = d } }

// A user who opens thousands of connections and says nothing takes ten. The
// others are served.
func TestIdleConnectionsOfOneUser(t *testing.T) {
	name := abstract(t)
	b := newBed(t, "max_connections_per_uid = 10 log_server = '{log}' qmqp_listen('"+name+"', function(m) return m:discard() end)", patientWith(time.Minute))
	conns := dialAs(t, otherUser, name, 3000)

	for range 20 {
		if got := dialTo(t, "unix", name).exchange(aRequest); got != "Kdiscarded" {
			t.Fatalf("another user got %q", got)
		}
		if _, ok := b.records.next(); !ok {
			t.Error("no record")
		}
	}
	eventually(t, "all but ten are refused", func() bool { // one has been told in the log
		return b.untold() == len(conns)-11 && b.server.Inflight() == 10
	})
	if refused := count(conns, netstring("Ztoo many connections")); refused != len(conns)-10 {
		t.Errorf("%d of %d were refused", refused, len(conns))
	}
	if n := b.log.Count("a user has too many mails in progress"); n != 1 {
		t.Errorf("%d lines in the log", n)
	}
	b.logged("uid=65534", "too many connections", "refused=1")

	closeAll(conns)
	eventually(t, "nothing is counted any more", func() bool { return b.users() == 0 })
	again := dialAs(t, otherUser, name, 1)[0]
	if _, err := io.WriteString(again, aRequest); err != nil {
		t.Fatal(err)
	}
	if reply, err := io.ReadAll(again); string(reply) != netstring("Kdiscarded") {
		t.Errorf("later: %q, %v", reply, err)
	}
	if _, ok := b.records.next(); !ok {
		t.Error("no record")
	}
}

// A client that has its reply may come back at once, even if only one
// connection is allowed.
func TestOneConnectionAfterTheOther(t *testing.T) {
	b := newBed(t, "max_connections_per_uid = 1 log_server = '{log}' qmqp_listen('{sock}', function(m) return m:discard() end)")
	for range 200 {
		if got := b.reply(aRequest); got != "Kdiscarded" {
			t.Fatalf("got %q", got)
		}
	}
}

// Requests that do not fit beside others of the same user are refused, and fit
// later.
func TestBytesOfOneUser(t *testing.T) {
	b := newBed(t, `max_size = 20000 max_bytes_per_uid = 30000
		log_server = '{log}' qmqp_listen('{sock}', function(m) return m:discard() end)`)
	large := request(strings.Repeat("x", 18000), "a@example.com", "b@example.com")
	first := b.dial()
	first.send(large[:100])
	eventually(t, "the first is counted", func() bool {
		b.server.quota.mu.Lock()
		defer b.server.quota.mu.Unlock()
		u := b.server.quota.users[uint32(os.Getuid())]
		return u != nil && u.bytes > 18000
	})
	for range 3 {
		if got := b.dial().exchange(large); got != "Ztoo many mails in progress" {
			t.Errorf("got %q", got)
		}
	}
	if got := b.reply(aRequest); got != "Kdiscarded" {
		t.Errorf("a small one: %q", got)
	}
	if n := b.log.Count("a user has too many mails in progress", "of one user"); n != 1 {
		t.Errorf("%d lines in the log", n)
	}
	if got := first.exchange(large[100:]); got != "Kdiscarded" {
		t.Errorf("the first: %q", got)
	}
	if _, ok := b.records.next(); !ok {
		t.Error("no record")
	}
	if got := b.reply(large); got != "Kdiscarded" {
		t.Errorf("later: %q", got)
	}
	eventually(t, "nothing is counted any more", func() bool { return b.users() == 0 })
}

// Whoever comes over IP has no user.
func TestQuotaIsForLocalClients(t *testing.T) {
	b := newBed(t, "max_connections_per_uid = 1 log_server = '{log}' qmqp_listen('127.0.0.1:0', function(m) return m:discard() end)")
	idle := dialTo(t, "tcp", b.server.Listeners()[0])
	idle.send("1")
	if got := dialTo(t, "tcp", b.server.Listeners()[0]).exchange(aRequest); got != "Kdiscarded" {
		t.Errorf("got %q", got)
	}
	if _, ok := b.records.next(); !ok {
		t.Error("no record")
	}
}

func TestQuotaValues(t *testing.T) {
	const listen = " qmqp_listen('{sock}', function(m) return m:discard() end)"
	for config, want := range map[string]string{
		"max_connections_per_uid = 1" + listen:       "",
		"max_connections_per_uid = 1000000" + listen: "",
		"max_connections_per_uid = nil" + listen:     "",
		"max_bytes_per_uid = 2^24" + listen:          "",
		"max_bytes_per_uid = 1024":                   "",

		"max_connections_per_uid = 0":           "max_connections_per_uid: a whole number from 1 to 1000000, or nil, expected, got 0",
		"max_connections_per_uid = 1000001":     "got 1000001",
		"max_connections_per_uid = 1.5":         "got 1.5",
		"max_connections_per_uid = 0/0":         "expected, got ",
		"max_connections_per_uid = 1/0":         "expected, got ",
		"max_connections_per_uid = '5'":         "got string",
		"max_connections_per_uid = {}":          "got table",
		"max_bytes_per_uid = 2^24 - 1" + listen: "max_bytes_per_uid: a whole number from 16777216 to 1099511627776, or nil, expected, got 16777215; it must have room for a request of max_size",
		"max_bytes_per_uid = 1023":              "a whole number from 1024 to",
		"max_bytes_per_uid = true":              "got boolean",
	} {
		_, err := configure(t, config)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", config, err, want)
		}
	}
}
