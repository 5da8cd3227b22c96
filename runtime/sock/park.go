package sock

import (
	"context"
	"net"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// parking is the part of a Conn that is used only by those that have to wait.
type parking struct {
	ctx context.Context // nil: none

	mu     sync.Mutex
	gates  [2]gate // by direction
	member bool    // of the poller
}

// A gate is where the goroutine waits that reads, or the one that writes.
type gate struct {
	waiting bool
	open    chan struct{} // made by the first wait; has room for one
}

type direction int

const (
	forReading direction = iota
	forWriting
)

// interests are the events that each direction waits for. EPOLLHUP and
// EPOLLERR come unasked.
var interests = [2]uint32{forReading: unix.EPOLLIN, forWriting: unix.EPOLLOUT}

const always = unix.EPOLLHUP | unix.EPOLLERR

// Deadlines of files.
var (
	never   time.Time
	longAgo = time.Unix(1, 0) // wakes whoever waits
)

// Bind ties the waits of all later reads and writes to ctx: when it ends,
// they fail with context.Cause(ctx). Data that is there without waiting is
// still read. Another context replaces it. Bind must not be called
// while the Conn is in use by another goroutine.
func (c *Conn) Bind(ctx context.Context) { c.ctx = ctx }

// A wait is all the waiting of one operation.
type wait struct {
	conn      *Conn
	direction direction
	deadline  time.Time // zero: none
}

func (c *Conn) newWait(d direction, timeout time.Duration) wait {
	w := wait{conn: c, direction: d}
	if timeout > 0 {
		w.deadline = time.Now().Add(timeout)
	}
	return w
}

// more waits until the operation is worth another try. The caller holds a
// reference to the Conn.
func (w *wait) more() error {
	c := w.conn
	var done <-chan struct{}
	if c.ctx != nil {
		if c.ctx.Err() != nil {
			return context.Cause(c.ctx)
		}
		done = c.ctx.Done()
	}
	open, err := c.arm(w.direction)
	if err != nil {
		return err
	}
	var expired <-chan time.Time
	if !w.deadline.IsZero() {
		timer := time.NewTimer(time.Until(w.deadline))
		defer timer.Stop()
		expired = timer.C
	}
	select {
	case <-open:
		return nil
	case <-done:
		err = context.Cause(c.ctx)
	case <-expired:
		err = ErrTimeout
	}
	c.disarm(w.direction)
	return err
}

// arm begins a wait. Under the mutex it either sees that the Conn is closed,
// or Close will see the wait.
func (c *Conn) arm(d direction) (open <-chan struct{}, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed() {
		return nil, net.ErrClosed
	}
	g := &c.gates[d]
	if g.open == nil {
		g.open = make(chan struct{}, 1)
	}
	select {
	case <-g.open: // of a wait that ended otherwise at the same time
	default:
	}
	g.waiting = true
	if err := thePoller.enter(c, c.interest()); err != nil {
		g.waiting = false
		return nil, err
	}
	return g.open, nil
}

// interest returns the events that are waited for.
func (c *Conn) interest() (events uint32) {
	for d, g := range c.gates {
		if g.waiting {
			events |= interests[d]
		}
	}
	return events
}

// disarm ends a wait that nothing came of.
func (c *Conn) disarm(d direction) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gates[d].waiting {
		c.gates[d].waiting = false
		thePoller.leave(1)
	}
}

// deliver ends the waits for some of events and returns how many. As long as
// somebody waits the descriptor is open.
func (c *Conn) deliver(events uint32) (ended int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ended = c.openGates(events)
	if rest := c.interest(); rest != 0 && thePoller.again(c, rest) != nil {
		ended += c.openGates(always) // that wait cannot go on; the next one will tell why
	}
	return ended
}

func (c *Conn) openGates(events uint32) (ended int) {
	for d := range c.gates {
		if g := &c.gates[d]; g.waiting && events&(interests[d]|always) != 0 {
			g.waiting = false
			g.open <- struct{}{}
			ended++
		}
	}
	return ended
}

// wake makes all waiting goroutines look at what happened.
func (c *Conn) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ended := c.openGates(always); ended > 0 {
		thePoller.leave(ended)
	}
}

// destroy gives the descriptor back; nobody uses it any more.
func (c *Conn) destroy() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.member {
		thePoller.forget(c)
		c.member = false
	}
	closeSocket(c.fd)
}
