package sock

import (
	"context"
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

func (p *poller) led() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.leader != nil
}

// However a wait ends, the lead is free for the next.
func TestLeadIsLeft(t *testing.T) {
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
		eventually(t, name+": somebody leads", thePoller.led)
		end(client, server)
		<-done
		if thePoller.led() {
			t.Errorf("%s: somebody still leads", name)
		}
	}
}

// Whoever leads leaves the lead to another when its wait is over, whatever
// ends it; and who follows is woken by the leader.
func TestLeadIsTakenOver(t *testing.T) {
	for name, end := range map[string]func(client, server *Conn, cancel func()){
		"data":   func(client, _ *Conn, _ func()) { client.Write([]byte("x")) },
		"close":  func(_, server *Conn, _ func()) { server.Close() },
		"cancel": func(_, _ *Conn, cancel func()) { cancel() },
	} {
		type pair struct {
			client, server *Conn
			cancel         func()
			done           chan error
		}
		var pairs []pair
		for range 5 { // the first one leads
			client, server := connect(t, abstractName())
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			server.Bind(ctx)
			p := pair{client, server, cancel, make(chan error, 1)}
			go func() { _, err := server.Read(make([]byte, 1)); p.done <- err }()
			parked(t, server)
			eventually(t, "somebody leads", thePoller.led)
			pairs = append(pairs, p)
		}
		for _, p := range []pair{pairs[0], pairs[3], pairs[1], pairs[2], pairs[4]} {
			end(p.client, p.server, p.cancel)
			if err := <-p.done; (err == nil) != (name == "data") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// Who is called to lead when its own wait has just ended calls another, or the
// others would wait without a leader.
func TestCallIsPassedOn(t *testing.T) {
	_, server := connect(t, abstractName())
	w := server.newWait(forReading, 0)
	if err := server.arm(forReading); err != nil {
		t.Fatal(err)
	}
	if !thePoller.take(server) {
		t.Fatal("somebody leads")
	}
	thePoller.resign() // calls
	server.deliver(unix.EPOLLIN)
	<-server.gates[forReading].open // so that only the call is there to be seen
	if err := w.follow(); err != nil {
		t.Error(err)
	}
	if thePoller.led() {
		t.Error("somebody still leads")
	}
	select {
	case <-thePoller.vacant:
	default:
		t.Error("nobody was called")
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
		server.deliver(unix.EPOLLIN)
		thePoller.interrupt()
	}
	client.Write([]byte("x"))
	if b := <-got; b != 'x' {
		t.Errorf("read %q", b)
	}
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
}
