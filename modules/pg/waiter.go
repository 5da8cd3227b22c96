package pg

import (
	"context"
	"fmt"
	"time"
)

// A waiter waits for a connection. It is sent an offer.
type waiter struct {
	ch     chan offer // buffered: one message
	query  *query     // that may as well be run on a shared connection, or nil
	urgent bool       // has waited before, and gets the next connection
}

// An offer is a connection, or the run of the query on a shared one, or nothing:
// the advice to try again.
type offer struct {
	conn *conn
	ride *ride
}

// wait waits until w is sent something, pause is over, or the deadline has
// passed. It returns nothing if the caller should try again.
func (p *pool) wait(ctx context.Context, w *waiter, pause time.Duration, deadline time.Time) (offer, error) {
	remaining := time.Until(deadline)
	final := pause == 0 || remaining <= pause
	if final {
		pause = remaining
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	var err error
	select {
	case o := <-w.ch:
		return o, nil
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-timer.C:
		if final {
			err = p.exhausted()
		}
	}
	o := p.leave(w)
	if err == nil {
		return o, nil
	}
	if o.conn != nil {
		p.release(o.conn)
	}
	if o.ride != nil {
		o.ride.trip.leave(o.ride)
	}
	return offer{}, err
}

// leave takes w out of the queue. If it has been sent an offer meanwhile, leave
// returns that; if it has been told to try again, the next is told.
func (p *pool) leave(w *waiter) offer {
	p.mu.Lock()
	defer p.mu.Unlock()
	for e := p.waiters.Front(); e != nil; e = e.Next() {
		if e.Value == w {
			p.waiters.Remove(e)
			return offer{}
		}
	}
	o := <-w.ch
	if o == (offer{}) {
		p.wake(nil)
	}
	return o
}

func (p *pool) exhausted() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.outage.failures > 0 && p.open < p.opts.maxConnections {
		return p.outage.error(time.Now())
	}
	return fmt.Errorf("no database connection became free within %v (all %d are in use, see max_connections)", p.opts.waitTimeout, p.open)
}

// wake sends c to the first waiter, or tells it to try again if c is nil. It
// reports whether there is one. The caller has locked p.
func (p *pool) wake(c *conn) bool {
	e := p.waiters.Front()
	if e == nil {
		return false
	}
	p.waiters.Remove(e).(*waiter).ch <- offer{conn: c}
	return true
}

// wakeAll tells all waiters to try again. The caller has locked p.
func (p *pool) wakeAll() {
	for p.wake(nil) {
	}
}
