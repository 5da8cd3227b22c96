package sock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// parking is the part of a Conn that is used only by those that have to wait.
type parking struct {
	mu    sync.Mutex
	ctx   context.Context // nil: none
	bound uint            // counts calls of Bind
	stop  func() bool     // ends the watch on ctx; nil: none yet
	gates [2]*gate        // for reading and for writing; nil: no need so far
	own   *os.File        // the socket itself, if there were not enough gates
}

type direction int

const (
	forReading direction = iota
	forWriting
)

// longAgo is a deadline that wakes every waiting goroutine.
var longAgo = time.Unix(1, 0)

// Bind ties the waits of all later reads and writes to ctx: when it ends,
// they fail with context.Cause(ctx). Data that is there without waiting is
// still read. Another context replaces it. Bind must not be called
// while the Conn is in use by another goroutine.
func (c *Conn) Bind(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unbind()
	c.ctx = ctx
}

func (c *Conn) unbind() {
	if c.stop != nil {
		c.stop()
	}
	c.bound++
	c.ctx, c.stop = nil, nil
}

// park does an operation, waiting until the socket is ready in between, and
// perhaps before. The caller holds a reference.
func (c *Conn) park(d direction, timeout time.Duration, o operation) (operation, error) {
	g, err := c.arm(d, timeout)
	if err != nil {
		return operation{}, err
	}
	o, err = g.wait(o)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = c.reason()
	}
	return o, err
}

// arm prepares one wait. Under the mutex it either sees that the Conn is
// closed or its context over, or those that end it will see the gate and its
// deadline.
func (c *Conn) arm(d direction, timeout time.Duration) (*gate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed() {
		return nil, net.ErrClosed
	}
	if c.ctx != nil && c.ctx.Err() != nil {
		return nil, context.Cause(c.ctx)
	}
	g, err := c.gate(d)
	if err != nil {
		return nil, err
	}
	if c.stop == nil && c.ctx != nil {
		bound := c.bound
		c.stop = context.AfterFunc(c.ctx, func() { c.interrupt(bound) })
	}
	var deadline time.Time
	if timeout > 0 {
		deadline = time.Now().Add(timeout)
	}
	if err := g.setDeadline(deadline); err != nil { // os.NewFile does not tell that the poller refused
		return nil, fmt.Errorf("register socket with the poller: %w", err)
	}
	return g, nil
}

// gate returns the gate for a direction.
func (c *Conn) gate(d direction) (g *gate, err error) {
	if c.gates[d] != nil {
		return c.gates[d], nil
	}
	if g = gates.get(); g == nil {
		if c.own == nil {
			c.own = os.NewFile(uintptr(c.fd), "socket")
		}
		if g, err = newGate(c.own, -1); err != nil {
			return nil, err
		}
	}
	g.assign(c, d)
	c.gates[d] = g
	return g, nil
}

// reason tells why a wait's deadline has passed.
func (c *Conn) reason() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed():
		return net.ErrClosed
	case c.ctx != nil && c.ctx.Err() != nil:
		return context.Cause(c.ctx)
	}
	return ErrTimeout
}

// interrupt ends the waits after the end of the context of the given Bind.
func (c *Conn) interrupt(bound uint) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bound == bound {
		c.endWaits()
	}
}

// wake makes all waiting goroutines look at what happened.
func (c *Conn) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endWaits()
}

func (c *Conn) endWaits() {
	for _, g := range c.gates {
		if g != nil {
			g.setDeadline(longAgo)
		}
	}
}

// destroy gives the descriptor back; nobody uses it any more.
func (c *Conn) destroy() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unbind()
	if c.own != nil {
		c.own.Close()
	} else {
		closeSocket(c.fd)
	}
	for _, g := range c.gates {
		if g != nil && g.epoll >= 0 {
			gates.put(g)
		}
	}
	c.gates, c.own = [2]*gate{}, nil
}
