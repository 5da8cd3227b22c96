package sock

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"qrelay/runtime/address"
)

// crowded listens with the shortest backlog and connects until it is full.
func crowded(t *testing.T, s string) *Listener {
	t.Helper()
	l := listenOn(t, s)
	l.raw.Control(func(fd uintptr) {
		if err := unix.Listen(int(fd), 0); err != nil {
			t.Fatal(err)
		}
	})
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		c, err := Dial(ctx, l.Addr())
		cancel()
		if err != nil {
			return l
		}
		t.Cleanup(func() { c.Close() })
	}
}

func TestDialWaitsForBacklog(t *testing.T) {
	for _, s := range []string{abstractName(), "127.0.0.1:0"} {
		l := crowded(t, s)
		connected := make(chan error, 1)
		go func() {
			c, err := Dial(t.Context(), l.Addr())
			if err == nil {
				c.Close()
			}
			connected <- err
		}()
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				c.Close()
			}
		}()
		if err := <-connected; err != nil {
			t.Errorf("%s: %v", s, err)
		}
		l.Close()
		<-done
	}
}

func TestDialCancelled(t *testing.T) {
	why := errors.New("enough")
	for _, s := range []string{abstractName(), "127.0.0.1:0"} {
		l := crowded(t, s)
		before := openFiles(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		failed := make(chan error, 1)
		go func() { _, err := Dial(ctx, l.Addr()); failed <- err }()
		eventually(t, "the socket exists", func() bool { return openFiles(t) > before })
		cancel(why)
		if err := <-failed; !errors.Is(err, why) || err.Error() != "connect "+l.Addr().String()+": enough" {
			t.Errorf("%s: %v", s, err)
		}
		if _, err := Dial(ctx, l.Addr()); !errors.Is(err, why) {
			t.Errorf("%s: context was over before: %v", s, err)
		}
		if after := openFiles(t); after != before {
			t.Errorf("%s: %d files open before, %d after", s, before, after)
		}
	}
}

func TestDialDeadline(t *testing.T) {
	l := crowded(t, "127.0.0.1:0")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := Dial(ctx, l.Addr()); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestDialRefused(t *testing.T) {
	for name, addr := range kinds(t) {
		l := listenOn(t, addr)
		l.Close()
		_, err := Dial(t.Context(), l.Addr())
		want := unix.ECONNREFUSED
		if name == "path" {
			want = unix.ENOENT
		}
		if !errors.Is(err, want) || err.Error() != fmt.Sprintf("connect %s: %v", l.Addr(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDialNowhere(t *testing.T) {
	if _, err := Dial(t.Context(), address.Address{}); err == nil {
		t.Error("connected to the zero address")
	}
	long := parse(t, "@"+strings.Repeat("x", 107))
	if _, err := Dial(t.Context(), long); !errors.Is(err, unix.ECONNREFUSED) {
		t.Error(err)
	}
}

func TestDialTypes(t *testing.T) {
	for _, c := range []struct {
		addr string
		kind int
	}{
		{abstractName(), unix.SOCK_DGRAM},
		{abstractName(), unix.SOCK_SEQPACKET},
		{"127.0.0.1:0", unix.SOCK_DGRAM},
		{"[::1]:0", unix.SOCK_DGRAM},
	} {
		addr := parse(t, c.addr)
		fd, err := unix.Socket(addr.Family(), c.kind|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		receiver := os.NewFile(uintptr(fd), "receiver")
		defer receiver.Close()
		if err := addr.Bind(fd); err != nil {
			t.Fatal(err)
		}
		if c.kind == unix.SOCK_SEQPACKET {
			unix.Listen(fd, 1)
		}
		sa, _ := unix.Getsockname(fd)
		sender, err := DialType(t.Context(), address.FromSockaddr(sa), c.kind)
		if err != nil {
			t.Fatal(err)
		}
		defer sender.Close()
		if n, err := sender.Write([]byte("hello")); n != 5 || err != nil {
			t.Errorf("%v: %d, %v", c, n, err)
		}
		if c.kind == unix.SOCK_SEQPACKET {
			continue // sits in the backlog
		}
		b := make([]byte, 10)
		if n, err := unix.Read(fd, b); err != nil || string(b[:n]) != "hello" {
			t.Errorf("%v: got %q, %v", c, b[:n], err)
		}
	}
}

// All connect before the first is accepted; none may be refused or wait.
func TestBurst(t *testing.T) {
	const clients = 1200
	if limit := somaxconn(t); limit < clients {
		t.Fatalf("net.core.somaxconn is %d, this test needs %d", limit, clients)
	}
	for name, addr := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			l := listenOn(t, addr)
			conns := make([]*Conn, clients)
			var wg sync.WaitGroup
			for i := range conns {
				wg.Go(func() {
					c, err := Dial(t.Context(), l.Addr())
					if err != nil {
						t.Error(err)
						return
					}
					conns[i] = c
					fmt.Fprintf(c, "%d", i)
					c.CloseWrite()
				})
			}
			wg.Wait()
			if t.Failed() {
				return
			}
			seen := map[string]bool{}
			for range conns {
				c := acceptFrom(t, l)
				seen[string(readAll(t, c))] = true
				c.Close()
			}
			if len(seen) != clients {
				t.Errorf("%d different clients, want %d", len(seen), clients)
			}
			for _, c := range conns {
				c.Close()
			}
		})
	}
}

func somaxconn(t *testing.T) (limit int) {
	t.Helper()
	b, err := os.ReadFile("/proc/sys/net/core/somaxconn")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Sscan(string(b), &limit)
	return limit
}

// Echo with as many clients as that, all the time accepting, both ends
// parking and waking.
func TestManyConversations(t *testing.T) {
	for name, addr := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			l := listenOn(t, addr)
			var servers, clients sync.WaitGroup
			servers.Go(func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					servers.Go(func() {
						defer c.Close()
						if _, err := io.Copy(c, struct{ io.Reader }{c}); err != nil {
							t.Error(err)
						}
					})
				}
			})
			for range 500 {
				clients.Go(func() {
					if err := converse(t.Context(), l.Addr()); err != nil {
						t.Error(err)
					}
				})
			}
			clients.Wait()
			l.Close()
			servers.Wait()
		})
	}
}

func converse(ctx context.Context, addr address.Address) error {
	c, err := Dial(ctx, addr)
	if err != nil {
		return err
	}
	defer c.Close()
	b := make([]byte, 5)
	for range 3 {
		if _, err := c.Write([]byte("hello")); err != nil {
			return err
		}
		if _, err := io.ReadFull(c, b); err != nil {
			return err
		}
	}
	return nil
}

func TestOutOfDescriptors(t *testing.T) {
	l := listenOn(t, abstractName())
	dialTo(t, l)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 3, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	_, accept := l.Accept()
	_, dial := Dial(t.Context(), l.Addr())
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{accept, dial} {
		if !errors.Is(err, unix.EMFILE) || !IsTemporary(err) {
			t.Error(err)
		}
	}
	if acceptFrom(t, l) == nil || IsTemporary(unix.EINVAL) || IsTemporary(nil) {
		t.Error("the connection is lost, or all errors are temporary")
	}
}
