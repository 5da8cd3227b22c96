package sock

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func (p *poller) state() (waits int, running bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waits, p.running
}

// rests waits until the poller has nothing to do and has ended.
func rests(t *testing.T) {
	t.Helper()
	eventually(t, "the poller rests", func() bool {
		waits, running := thePoller.state()
		return waits == 0 && !running
	})
}

// The goroutine ends however the last wait ends, and begins again.
func TestPollerComesAndGoes(t *testing.T) {
	rests(t)
	ends := map[string]func(client, server *Conn){
		"data":     func(client, _ *Conn) { client.Write([]byte("x")) },
		"hang-up":  func(client, _ *Conn) { client.Close() },
		"shutdown": func(client, _ *Conn) { client.CloseWrite() },
		"close":    func(_, server *Conn) { server.Close() },
		"timeout":  func(_, server *Conn) {},
	}
	for name, end := range ends {
		client, server := connect(t, abstractName())
		if name == "timeout" {
			server.SetTimeouts(30*time.Millisecond, 0)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			server.Read(make([]byte, 1))
		}()
		parked(t, server)
		if waits, running := thePoller.state(); waits != 1 || !running {
			t.Errorf("%s: %d waits, running %v", name, waits, running)
		}
		end(client, server)
		<-done
		rests(t)
	}
}

// Reading and writing wait side by side, and what ends one does not end the
// other.
func TestBothDirections(t *testing.T) {
	for name, addr := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			client, server := connect(t, addr)
			fill(t, client)
			read, written := make(chan error, 1), make(chan error, 1)
			go func() { _, err := client.Read(make([]byte, 1)); read <- err }()
			go func() { _, err := client.Write([]byte("x")); written <- err }()
			eventually(t, "two wait", func() bool {
				client.mu.Lock()
				defer client.mu.Unlock()
				return client.gates[forReading].waiting && client.gates[forWriting].waiting
			})
			server.Write([]byte("x"))
			if err := <-read; err != nil {
				t.Error(err)
			}
			select {
			case err := <-written:
				t.Error("the write ended with the read:", err)
			default:
			}
			go io.Copy(io.Discard, server)
			if err := <-written; err != nil {
				t.Error(err)
			}
			client.Close()
		})
	}
}

// A peer that is killed is seen, whatever the socket waits for. It is a
// process of its own, so that the kernel does all the closing.
func TestPeerIsKilled(t *testing.T) {
	for _, write := range []bool{false, true} {
		ours, theirs, err := socketPair()
		if err != nil {
			t.Fatal(err)
		}
		peer := exec.Command("sleep", "1h")
		peer.ExtraFiles = []*os.File{theirs}
		if err := peer.Start(); err != nil {
			t.Fatal(err)
		}
		theirs.Close()
		fd, err := unix.Dup(int(ours.Fd()))
		if err != nil {
			t.Fatal(err)
		}
		ours.Close()
		if err := unix.SetNonblock(fd, true); err != nil {
			t.Fatal(err)
		}
		c := newConn(fd, parse(t, abstractName()))
		failed := make(chan error, 1)
		if write {
			fill(t, c)
			go func() { _, err := c.Write([]byte("x")); failed <- err }()
		} else {
			go func() { _, err := c.Read(make([]byte, 1)); failed <- err }()
		}
		parked(t, c)
		peer.Process.Kill()
		if err := <-failed; write && !errors.Is(err, unix.EPIPE) && !errors.Is(err, unix.ECONNRESET) || !write && err != io.EOF {
			t.Errorf("write=%v: %v", write, err)
		}
		peer.Wait()
		c.Close()
	}
}

// An event for a descriptor that was closed and used anew wakes the new one
// for nothing, which does no harm.
func TestWokenForNothing(t *testing.T) {
	client, server := connect(t, abstractName())
	server.SetTimeouts(time.Minute, 0)
	got := make(chan byte, 1)
	go func() {
		b := make([]byte, 1)
		server.Read(b)
		got <- b[0]
	}()
	for range 5 {
		parked(t, server)
		thePoller.leave(server.deliver(unix.EPOLLIN))
	}
	client.Write([]byte("x"))
	if b := <-got; b != 'x' {
		t.Errorf("read %q", b)
	}
	rests(t)
}

// Where the system has no descriptor left for the epoll instance, that is an
// error of the wait, and the next one tries again.
func TestPollerCannotOpen(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	none := limit
	none.Cur = 0
	var p poller
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	err := p.prepare()
	if e := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); e != nil {
		t.Fatal(e)
	}
	if !errors.Is(err, unix.EMFILE) || !IsTemporary(err) {
		t.Error(err)
	}
	if err := p.prepare(); err != nil {
		t.Fatal(err)
	}
	p.file.Close()
}

// Many conversations at once, some of which time out or are closed by a third
// party; run with -race.
func TestManyWaits(t *testing.T) {
	l := listenOn(t, abstractName())
	var echoes sync.WaitGroup
	echoes.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			echoes.Go(func() { defer c.Close(); io.Copy(c, c) })
		}
	})
	var talks sync.WaitGroup
	for i := range 300 {
		talks.Go(func() {
			c := dialTo(t, l)
			defer c.Close()
			switch i % 10 {
			case 0:
				c.SetTimeouts(time.Millisecond, 0)
				if _, err := c.Read(make([]byte, 1)); !errors.Is(err, ErrTimeout) {
					t.Error(err)
				}
				c.SetTimeouts(0, 0)
			case 1:
				go c.Close()
				if _, err := c.Read(make([]byte, 1)); err != net.ErrClosed {
					t.Error(err)
				}
				return
			}
			for n := range 50 {
				if _, err := c.Write([]byte{byte(n)}); err != nil {
					t.Error(err)
				}
				b := make([]byte, 1)
				if _, err := io.ReadFull(c, b); err != nil || b[0] != byte(n) {
					t.Error(b, err)
					return
				}
			}
		})
	}
	talks.Wait()
	l.Close()
	echoes.Wait()
	rests(t)
}
