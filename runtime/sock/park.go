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
	if err := w.over(); err != nil {
		return err
	}
	if err := w.conn.arm(w.direction); err != nil {
		return err
	}
	for w.conn.waits(w.direction) {
		var err error
		if thePoller.take(w.conn) {
			err = thePoller.lead(w)
		} else {
			err = w.follow()
		}
		if err != nil {
			w.conn.disarm(w.direction)
			return err
		}
	}
	return nil
}

// over tells why a wait must not go on, if so.
func (w *wait) over() error {
	if ctx := w.conn.ctx; ctx != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if !w.deadline.IsZero() && !time.Now().Before(w.deadline) {
		return ErrTimeout
	}
	return nil
}

// follow waits until the gate opens, or for the lead.
func (w *wait) follow() error {
	var done <-chan struct{}
	if w.conn.ctx != nil {
		done = w.conn.ctx.Done()
	}
	var expired <-chan time.Time
	if !w.deadline.IsZero() {
		timer := time.NewTimer(time.Until(w.deadline))
		defer timer.Stop()
		expired = timer.C
	}
	select {
	case <-w.conn.gates[w.direction].open:
	case <-thePoller.vacant:
		// Whoever was called must lead, if only to call another at once because
		// its own wait is over. A lead that was taken meanwhile will be left, too.
		if thePoller.take(w.conn) {
			return thePoller.lead(w)
		}
	case <-done:
		return context.Cause(w.conn.ctx)
	case <-expired:
		return ErrTimeout
	}
	return nil
}

// arm begins a wait. Under the mutex it either sees that the Conn is closed,
// or Close will see the wait.
func (c *Conn) arm(d direction) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed() {
		return net.ErrClosed
	}
	g := &c.gates[d]
	if g.open == nil {
		g.open = make(chan struct{}, 1)
	}
	select {
	case <-g.open: // of a wait that ended otherwise
	default:
	}
	g.waiting = true
	if err := thePoller.ask(c, c.interest()); err != nil {
		g.waiting = false
		return err
	}
	return nil
}

// disarm ends a wait that nothing came of.
func (c *Conn) disarm(d direction) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gates[d].waiting = false
}

// waits tells whether the gate is still closed.
func (c *Conn) waits(d direction) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gates[d].waiting
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

// deliver ends the waits for some of events. As long as somebody waits the
// descriptor is open.
func (c *Conn) deliver(events uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.openGates(events)
	if rest := c.interest(); rest != 0 && thePoller.ask(c, rest) != nil {
		c.openGates(always) // that wait cannot go on; the next one will tell why
	}
}

func (c *Conn) openGates(events uint32) {
	for d := range c.gates {
		if g := &c.gates[d]; g.waiting && events&(interests[d]|always) != 0 {
			g.waiting = false
			g.open <- struct{}{}
		}
	}
}

// wake makes all waiting goroutines look at what happened.
func (c *Conn) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.openGates(always)
	thePoller.wake(c)
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
