package socket

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"qrelay/runtime/address"
	"qrelay/runtime/await"
)

// listen returns a listener on a fresh path and a socket that is connected to it.
func listen(t testing.TB) (*net.UnixListener, *Socket) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s, err := dial(t.Context(), []address.Address{parse(t, path)}, unix.SOCK_STREAM)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return l, s
}

func accept(t testing.TB, l *net.UnixListener) *net.UnixConn {
	t.Helper()
	l.SetDeadline(time.Now().Add(5 * time.Second))
	c, err := l.AcceptUnix()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func parse(t testing.TB, s string) address.Address {
	t.Helper()
	a, err := address.Parse(s, noPort)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// eventually waits until something is true.
var eventually = await.Until

// The first address may be dead: a host's other addresses are tried.
func TestDialTriesAllAddresses(t *testing.T) {
	l, _ := listen(t)
	good := parse(t, l.Addr().String())
	s, err := dial(t.Context(), []address.Address{parse(t, "/nowhere/s"), good, parse(t, "/nowhere/t")}, unix.SOCK_STREAM)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.conn.Peer() != good {
		t.Errorf("connected to %v", s.conn.Peer())
	}
	_, err = dial(t.Context(), []address.Address{parse(t, "/nowhere/s"), parse(t, "/nowhere/t")}, unix.SOCK_STREAM)
	if err == nil || err.Error() != "connect /nowhere/s: no such file or directory" {
		t.Errorf("dial: %v", err)
	}
}

// A large string goes out as fast as the peer reads, however small its appetite.
func TestSendToSlowReader(t *testing.T) {
	l, s := listen(t)
	peer := accept(t, l)
	data := strings.Repeat("0123456789", 500_000)
	var wg sync.WaitGroup
	wg.Go(func() {
		if n, err := s.Send(t.Context(), []byte(data)); n != len(data) || err != nil {
			t.Errorf("Send = %d, %v", n, err)
		}
		s.Close()
	})
	if got, err := io.ReadAll(peer); err != nil || string(got) != data {
		t.Errorf("received %d bytes, %v", len(got), err)
	}
	wg.Wait()
}

// fill sends until the peer, which does not read, has to read before anything
// else can be sent.
func fill(t *testing.T, s *Socket) {
	t.Helper()
	s.conn.SetTimeouts(0, 10*time.Millisecond)
	if _, err := s.Send(t.Context(), make([]byte, 10<<20)); err == nil || !strings.Contains(err.Error(), "has not read") {
		t.Fatalf("Send: %v", err)
	}
	s.conn.SetTimeouts(0, sendTimeout)
}

func TestSendGivesUp(t *testing.T) {
	l, s := listen(t)
	accept(t, l)
	s.conn.SetTimeouts(0, 10*time.Millisecond)
	n, err := s.Send(t.Context(), make([]byte, 10<<20))
	if err == nil || n == 0 || n == 10<<20 || !strings.HasPrefix(err.Error(), "send "+l.Addr().String()+": the peer has not read for 10s (") ||
		!strings.HasSuffix(err.Error(), " of 10485760 bytes were sent)") {
		t.Errorf("Send = %d, %v", n, err)
	}
	n, err = s.Send(t.Context(), []byte("x"))
	if n != 0 || err == nil || err.Error() != "send "+l.Addr().String()+": the peer has not read for 10s" {
		t.Errorf("the next Send = %d, %v", n, err)
	}
}

// Both the sender that waits for the peer and the one that waits for its turn.
func TestSendEndsWithContext(t *testing.T) {
	l, s := listen(t)
	accept(t, l)
	fill(t, s)
	cause := errors.New("the end")
	ctx, cancel := context.WithCancelCause(t.Context())
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if n, err := s.Send(ctx, []byte("x")); n != 0 || !errors.Is(err, cause) {
				t.Errorf("Send = %d, %v", n, err)
			}
		})
	}
	eventually(t, "somebody sends", func() bool { return len(s.sending) == 1 })
	cancel(cause)
	wg.Wait()
	if n, err := s.Send(ctx, []byte("x")); n != 0 || !errors.Is(err, cause) {
		t.Errorf("Send after the end = %d, %v", n, err)
	}
}

func TestCloseEndsSend(t *testing.T) {
	l, s := listen(t)
	accept(t, l)
	fill(t, s)
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := s.Send(t.Context(), []byte("x"))
		if want := "send " + l.Addr().String() + ": the socket is closed"; err == nil || err.Error() != want {
			t.Errorf("Send: %v", err)
		}
	})
	eventually(t, "somebody sends", func() bool { return len(s.sending) == 1 })
	s.Close()
	wg.Wait()
	s.Close()
}

func TestSendToGonePeer(t *testing.T) {
	l, s := listen(t)
	accept(t, l).Close()
	_, err := s.Send(t.Context(), []byte("x"))
	if want := "send " + l.Addr().String() + ": broken pipe"; err == nil || err.Error() != want {
		t.Errorf("Send: %v", err)
	}
}

// Sends of several tasks follow each other and are not mixed.
func TestConcurrentSends(t *testing.T) {
	l, s := listen(t)
	peer := accept(t, l)
	const size = 1 << 20
	var wg sync.WaitGroup
	for _, c := range "abc" {
		wg.Go(func() {
			if _, err := s.Send(t.Context(), []byte(strings.Repeat(string(c), size))); err != nil {
				t.Error(err)
			}
		})
	}
	got := make([]byte, 3*size)
	if _, err := io.ReadFull(peer, got); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	for i := range 3 {
		if part := got[i*size : (i+1)*size]; strings.Trim(string(part), string(part[0])) != "" {
			t.Errorf("part %d is mixed", i)
		}
	}
}

// shrinkBacklog makes the queue of a listener as short as it can be.
func shrinkBacklog(t testing.TB, l *net.UnixListener) {
	t.Helper()
	raw, err := l.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if e := raw.Control(func(fd uintptr) { err = unix.Listen(int(fd), 0) }); e != nil || err != nil {
		t.Fatal(e, err)
	}
}
