package control

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"qrelay/runtime/address"
	"qrelay/runtime/await"
	"qrelay/runtime/sock"
)

// receiver listens for datagrams at a path.
type receiver struct {
	*net.UnixConn
	path string
}

func newReceiver(t testing.TB, path string) *receiver {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &receiver{c, path}
}

func (r *receiver) next(t testing.TB) string {
	t.Helper()
	r.SetReadDeadline(time.Now().Add(5 * time.Second))
	buf := make([]byte, 1<<17)
	n, err := r.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return string(buf[:n])
}

func dialPath(t testing.TB, path string) *Client {
	t.Helper()
	to, err := address.Parse(path, defaultPort)
	if err != nil {
		t.Fatal(err)
	}
	c, err := dial(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSend(t *testing.T) {
	r := newReceiver(t, filepath.Join(t.TempDir(), "control"))
	c := dialPath(t, r.path)
	for _, s := range []string{"one", "two", strings.Repeat("x", 65536)} {
		if err := c.Send(t.Context(), []byte(s)); err != nil {
			t.Fatal(err)
		}
		if got := r.next(t); got != s {
			t.Errorf("received %d bytes, want %d", len(got), len(s))
		}
	}
}

func TestDialFails(t *testing.T) {
	to, err := address.Parse(filepath.Join(t.TempDir(), "nobody"), defaultPort)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dial(t.Context(), to); !errors.Is(err, unix.ENOENT) || !strings.HasPrefix(err.Error(), "connect "+to.String()) {
		t.Errorf("dial: %v", err)
	}
}

// A receiver that restarted has another socket at the same path.
func TestSendAfterReceiverRestarted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control")
	first := newReceiver(t, path)
	c := dialPath(t, path)
	first.Close()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := c.Send(t.Context(), []byte("lost")); !errors.Is(err, unix.ENOENT) {
		t.Errorf("Send to nobody: %v", err)
	}
	second := newReceiver(t, path)
	for range 2 {
		if err := c.Send(t.Context(), []byte("hello")); err != nil {
			t.Fatal(err)
		}
		if got := second.next(t); got != "hello" {
			t.Errorf("received %q", got)
		}
	}
}

// UDP reports to a send that an earlier one was refused.
func TestSendAfterRefusedDatagram(t *testing.T) {
	gone, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	name := gone.LocalAddr().String()
	gone.Close()
	c := dialPath(t, name)
	for range 3 {
		if err := c.Send(t.Context(), []byte("hello")); err != nil {
			t.Errorf("Send: %v", err)
		}
	}
}

func TestSendTooLarge(t *testing.T) {
	c := dialPath(t, "127.0.0.1:9")
	err := c.Send(t.Context(), make([]byte, 65508))
	if !errors.Is(err, unix.EMSGSIZE) || err.Error() != "send: message too long" {
		t.Errorf("Send: %v", err)
	}
}

// fakeConn fails with the first of its errors, then the second, and so on; nil and
// the end of the list are success.
type fakeConn struct {
	errs   []error
	sent   []string
	closed bool
}

func (f *fakeConn) Bind(context.Context) {}

func (f *fakeConn) Close() error { f.closed = true; return nil }

func (f *fakeConn) Write(b []byte) (int, error) {
	if len(f.errs) > 0 {
		err := f.errs[0]
		f.errs = f.errs[1:]
		if err != nil {
			return 0, os.NewSyscallError("write", err)
		}
	}
	f.sent = append(f.sent, string(b))
	return len(b), nil
}

// dialFakes hands out one connection after the other.
func dialFakes(conns ...*fakeConn) dialer {
	return func(context.Context) (conn, error) {
		if len(conns) == 0 {
			return nil, errors.New("connect: no more")
		}
		c := conns[0]
		conns = conns[1:]
		return c, nil
	}
}

func TestReconnect(t *testing.T) {
	for _, errno := range []unix.Errno{unix.ENETUNREACH, unix.EHOSTUNREACH, unix.ECONNREFUSED, unix.ENODEV} {
		first, second := &fakeConn{errs: []error{nil, errno}}, &fakeConn{}
		c, err := newClient(t.Context(), dialFakes(first, second))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{"a", "b", "c"} {
			if err := c.Send(t.Context(), []byte(s)); err != nil {
				t.Errorf("%v: Send: %v", errno, err)
			}
		}
		if !first.closed || second.closed || strings.Join(first.sent, "") != "a" || strings.Join(second.sent, "") != "bc" {
			t.Errorf("%v: %+v, then %+v", errno, first, second)
		}
	}
}

func TestReconnectsOnlyOnce(t *testing.T) {
	conns := []*fakeConn{{errs: []error{unix.ENETUNREACH}}, {errs: []error{unix.ENETUNREACH}}, {}}
	c, err := newClient(t.Context(), dialFakes(conns...))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Send(t.Context(), nil); !errors.Is(err, unix.ENETUNREACH) || err.Error() != "send: network is unreachable" {
		t.Errorf("Send: %v", err)
	}
	if err := c.Send(t.Context(), nil); err != nil {
		t.Errorf("the next Send: %v", err)
	}
}

func TestReconnectFails(t *testing.T) {
	only := &fakeConn{errs: []error{unix.ENETUNREACH}}
	c, err := newClient(t.Context(), dialFakes(only))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Send(t.Context(), nil); err == nil || err.Error() != "connect: no more" {
		t.Errorf("Send: %v", err)
	}
	if err := c.Send(t.Context(), nil); err != nil || only.closed {
		t.Errorf("the old socket is not kept: %v", err)
	}
}

func TestOtherErrorsDoNotReconnect(t *testing.T) {
	c, err := newClient(t.Context(), dialFakes(&fakeConn{errs: []error{unix.EMSGSIZE, unix.EPERM}}))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"send: message too long", "send: operation not permitted"} {
		if err := c.Send(t.Context(), nil); err == nil || err.Error() != want {
			t.Errorf("Send: %v, want %s", err, want)
		}
	}
}

// A receiver that does not read holds up a sender only as long as it wants to wait.
func TestSendEndsWithContext(t *testing.T) {
	r := newReceiver(t, filepath.Join(t.TempDir(), "control"))
	c := dialPath(t, r.path)
	cause := errors.New("the end")
	ctx, cancel := context.WithCancelCause(t.Context())
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				if err := c.Send(ctx, make([]byte, 10000)); err != nil {
					if !errors.Is(err, cause) {
						t.Errorf("Send: %v", err)
					}
					return
				}
			}
		})
	}
	// The queue takes a few datagrams (net.unix.max_dgram_qlen, wmem_max); when
	// none can be sent at once any more, the senders wait.
	probe := dialPath(t, r.path).link.conn.(*sock.Conn)
	probe.SetTimeouts(0, time.Millisecond)
	eventually(t, "the queue is full", func() bool {
		_, err := probe.Write(make([]byte, 10000))
		return errors.Is(err, sock.ErrTimeout)
	})
	cancel(cause)
	wg.Wait()
}

// eventually waits until something is true.
var eventually = await.Until

func openDescriptors(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestForgottenClientsAreClosed(t *testing.T) {
	r := newReceiver(t, filepath.Join(t.TempDir(), "control"))
	before := openDescriptors(t)
	for range 200 {
		dialPath(t, r.path)
	}
	eventually(t, "the clients are closed", func() bool {
		goruntime.GC()
		return openDescriptors(t) <= before
	})
}
