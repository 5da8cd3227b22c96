package sock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// parking is the part of a Conn that is used only by those that have to wait.
type parking struct {
	mu    sync.Mutex
	ctx   context.Context // nil: none
	bound uint            // counts calls of Bind
	stop  func() bool     // ends the watch on ctx; nil: none yet
	file  *os.File        // nil: not registered with the poller yet
	raw   syscall.RawConn // of file
}

type direction bool

const (
	forReading direction = false
	forWriting direction = true
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

// park calls try until it returns true, waiting in between until the socket
// is ready. The caller holds a reference.
func (c *Conn) park(d direction, timeout time.Duration, try func(fd uintptr) bool) error {
	raw, err := c.arm(d, timeout)
	if err != nil {
		return err
	}
	if d == forWriting {
		err = raw.Write(try)
	} else {
		err = raw.Read(try)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return c.reason()
	}
	return err
}

// arm prepares one wait. Under the mutex it either sees that the Conn is
// closed or its context over, or those that end it will see its deadline.
func (c *Conn) arm(d direction, timeout time.Duration) (syscall.RawConn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed() {
		return nil, net.ErrClosed
	}
	if c.ctx != nil && c.ctx.Err() != nil {
		return nil, context.Cause(c.ctx)
	}
	if err := c.register(); err != nil {
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
	set := c.file.SetReadDeadline
	if d == forWriting {
		set = c.file.SetWriteDeadline
	}
	if err := set(deadline); err != nil { // os.NewFile does not tell that epoll refused
		return nil, fmt.Errorf("register socket with the poller: %w", err)
	}
	return c.raw, nil
}

func (c *Conn) register() error {
	if c.file != nil {
		return nil
	}
	file := os.NewFile(uintptr(c.fd), "socket")
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	c.file, c.raw = file, raw
	return nil
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
	if c.bound == bound && c.file != nil {
		c.file.SetDeadline(longAgo)
	}
}

// wake makes all waiting goroutines look at what happened.
func (c *Conn) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file != nil {
		c.file.SetDeadline(longAgo)
	}
}

// destroy gives the descriptor back; nobody uses it any more.
func (c *Conn) destroy() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unbind()
	if c.file == nil {
		unix.Close(c.fd)
		return
	}
	c.file.Close()
	c.file, c.raw = nil, nil
}
