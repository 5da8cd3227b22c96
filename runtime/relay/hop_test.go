package relay

import (
	"bufio"
	"errors"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"

	"qrelay/runtime/qmqp"
)

// A hop is a next hop that plays a role.
type hop struct {
	t        testing.TB
	addr     string
	listener net.Listener
	play     func(*caller)
	requests chan qmqp.Request // that were read as a whole
	done     chan struct{}     // closed at the end

	mu    sync.Mutex
	conns []net.Conn
	wg    sync.WaitGroup
	once  sync.Once
}

// A caller is a connection to a hop.
type caller struct {
	net.Conn
	hop *hop
	in  *bufio.Reader
}

// newHop makes a hop on a unix socket. Each connection is served by play and
// closed when that returns.
func newHop(t testing.TB, play func(*caller)) *hop {
	t.Helper()
	return newHopOn(t, "unix", filepath.Join(shortDir(t), "hop"), play)
}

func newHopOn(t testing.TB, network, address string, play func(*caller)) *hop {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	h := &hop{t: t, addr: l.Addr().String(), listener: l, play: play, requests: make(chan qmqp.Request, 4096), done: make(chan struct{})}
	h.wg.Go(h.serve)
	t.Cleanup(h.close)
	return h
}

func (h *hop) serve() {
	for {
		conn, err := h.listener.Accept()
		if err != nil {
			return
		}
		h.mu.Lock()
		h.conns = append(h.conns, conn)
		h.mu.Unlock()
		h.wg.Go(func() {
			defer conn.Close()
			h.play(&caller{conn, h, bufio.NewReader(conn)})
		})
	}
}

func (h *hop) close() {
	h.once.Do(func() {
		h.listener.Close()
		close(h.done)
		h.mu.Lock()
		for _, c := range h.conns {
			c.Close()
		}
		h.mu.Unlock()
		h.wg.Wait()
	})
}

// calls returns how many connections there have been.
func (h *hop) calls() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.conns)
}

// read reads the whole request. It returns false if there is none.
func (c *caller) read() bool {
	digits, err := c.in.ReadBytes(':')
	if err != nil {
		return false
	}
	size, _, err := qmqp.ParseHeader(digits, 1<<30)
	if err != nil {
		c.hop.t.Errorf("what reached the next hop: %v", err)
		return false
	}
	frame := make([]byte, size+1)
	if _, err := io.ReadFull(c.in, frame); err != nil {
		return false
	}
	payload, err := qmqp.Payload(frame)
	request, parseErr := qmqp.ParseRequest(payload)
	if err := errors.Join(err, parseErr); err != nil {
		c.hop.t.Errorf("what reached the next hop: %v", err)
		return false
	}
	c.hop.requests <- request
	return true
}

// say sends bytes.
func (c *caller) say(s string) { io.WriteString(c, s) }

// wait reads until the other side closes.
func (c *caller) wait() { io.Copy(io.Discard, c.in) }

// answers reads the request and answers it with bytes.
func answers(reply string) func(*caller) {
	return func(c *caller) {
		if c.read() {
			c.say(reply)
		}
	}
}

// hopAt is a plan with {hop} in it.
func hopAt(h *hop) func(*plan) {
	return func(p *plan) { p.hop = h }
}

// closed is a channel that is closed when the hop is. What the other side does
// is not looked at.
func (c *caller) closed() <-chan struct{} { return c.hop.done }
