package sock

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// fill writes until the kernel takes no more.
func fill(t *testing.T, c *Conn) {
	t.Helper()
	for {
		if _, err := unix.SendmsgN(c.fd, make([]byte, 65536), nil, nil, 0); err == unix.EAGAIN {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestReadTimeout(t *testing.T) {
	for name, addr := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			client, server := connect(t, addr)
			server.SetTimeouts(30*time.Millisecond, 0)
			for range 2 { // the second wait must not inherit the first one's end
				start := time.Now()
				n, err := server.Read(make([]byte, 1))
				if n != 0 || !errors.Is(err, ErrTimeout) || !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Fatal(n, err)
				}
				if waited := time.Since(start); waited < 30*time.Millisecond {
					t.Errorf("gave up after %v", waited)
				}
			}
			client.Write([]byte("x"))
			if n, err := server.Read(make([]byte, 1)); n != 1 || err != nil {
				t.Error("data after a timeout:", n, err)
			}
		})
	}
}

// The limit is for each wait, not for all of them together.
func TestSlowButSteady(t *testing.T) {
	client, server := connect(t, abstractName())
	server.SetTimeouts(200*time.Millisecond, 0)
	start := time.Now()
	tick := time.NewTicker(60 * time.Millisecond)
	defer tick.Stop()
	go func() {
		for range 6 {
			<-tick.C
			client.Write([]byte("x"))
		}
		client.CloseWrite()
	}()
	if got := readAll(t, server); string(got) != "xxxxxx" {
		t.Errorf("got %q", got)
	}
	if took := time.Since(start); took < 300*time.Millisecond {
		t.Errorf("took only %v", took)
	}
}

func TestWriteTimeout(t *testing.T) {
	client, _ := connect(t, abstractName())
	client.SetTimeouts(0, 20*time.Millisecond)
	n, err := client.Write(make([]byte, 64<<20))
	if !errors.Is(err, ErrTimeout) || n <= 0 || n >= 64<<20 {
		t.Errorf("%d, %v", n, err)
	}
	if !ErrTimeout.Timeout() || ErrTimeout.Error() != "timeout" {
		t.Error("not a net.Error for a timeout")
	}
}

func TestContextEndsWaits(t *testing.T) {
	why := errors.New("the client hung up")
	for _, write := range []bool{false, true} {
		client, _ := connect(t, abstractName())
		ctx, cancel := context.WithCancelCause(t.Context())
		client.Bind(ctx)
		failed := make(chan error, 1)
		if write {
			fill(t, client)
			go func() { _, err := client.Write([]byte("x")); failed <- err }()
		} else {
			go func() { _, err := client.Read(make([]byte, 1)); failed <- err }()
		}
		parked(t, client)
		cancel(why)
		if err := <-failed; err != why {
			t.Errorf("write=%v: pending: %v", write, err)
		}
		if _, err := client.Read(make([]byte, 1)); err != why {
			t.Errorf("write=%v: later: %v", write, err)
		}
	}
}

func TestContextDeadline(t *testing.T) {
	client, _ := connect(t, abstractName())
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	client.Bind(ctx)
	client.SetTimeouts(time.Hour, 0)
	if _, err := client.Read(make([]byte, 1)); err != context.DeadlineExceeded {
		t.Error(err)
	}
}

// What is there needs no waiting.
func TestDataAfterContext(t *testing.T) {
	client, server := connect(t, abstractName())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	server.Bind(ctx)
	client.Write([]byte("x"))
	if n, err := server.Read(make([]byte, 9)); n != 1 || err != nil {
		t.Error(n, err)
	}
	if _, err := server.Read(make([]byte, 9)); err != context.Canceled {
		t.Error(err)
	}
}

func TestBindAgain(t *testing.T) {
	client, server := connect(t, abstractName())
	for range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		server.Bind(ctx)
		failed := make(chan error, 1)
		go func() { _, err := server.Read(make([]byte, 1)); failed <- err }()
		parked(t, server)
		cancel()
		if err := <-failed; err != context.Canceled {
			t.Fatal(err)
		}
		server.Bind(context.Background())
		go client.Write([]byte("x"))
		if n, err := server.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
}

func TestCloseEndsWaits(t *testing.T) {
	for name, addr := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			client, _ := connect(t, addr)
			fill(t, client)
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, err := client.Read(make([]byte, 1)); err != net.ErrClosed {
					t.Error("Read:", err)
				}
			})
			wg.Go(func() {
				if _, err := client.Write([]byte("x")); err != net.ErrClosed {
					t.Error("Write:", err)
				}
			})
			eventually(t, "two are waiting", func() bool { return client.refs.Load() == 2 })
			parked(t, client)
			if err := client.Close(); err != nil {
				t.Error(err)
			}
			wg.Wait()
		})
	}
}

func TestUseAfterClose(t *testing.T) {
	client, _ := connect(t, abstractName())
	client.Close()
	_, read := client.Read(make([]byte, 1))
	_, write := client.Write([]byte("x"))
	_, cred := client.PeerCred()
	_, pidfd := client.PeerPidFD()
	for _, err := range []error{read, write, cred, pidfd, client.CloseWrite(), client.Close()} {
		if err != net.ErrClosed {
			t.Error(err)
		}
	}
}

// Readers, writers and closers meet in every order; run with -race.
func TestConcurrentClose(t *testing.T) {
	l := listenOn(t, abstractName())
	before := openFiles(t)
	for range 300 {
		client, server := dialTo(t, l), acceptFrom(t, l)
		ctx, cancel := context.WithCancel(t.Context())
		server.Bind(ctx)
		var wg sync.WaitGroup
		wg.Go(func() { io.Copy(io.Discard, server) })
		wg.Go(func() { server.Write(make([]byte, 1<<20)) })
		wg.Go(cancel)
		wg.Go(func() { server.Close() })
		wg.Go(func() { client.Close() })
		wg.Wait()
	}
	if after := openFiles(t); after != before {
		t.Errorf("%d files open before, %d after", before, after)
	}
}

func TestReadReset(t *testing.T) {
	client, server := connect(t, "127.0.0.1:0")
	failed := make(chan error, 1)
	go func() { _, err := server.Read(make([]byte, 1)); failed <- err }()
	parked(t, server)
	reset(client)
	if err := <-failed; !errors.Is(err, unix.ECONNRESET) || err.Error() != "read: connection reset by peer" {
		t.Error(err)
	}
}
