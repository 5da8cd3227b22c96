package pg

import (
	"context"
	"fmt"
	"time"
)

// A waiter waits for a connection. It is sent one, or nil to try again.
type waiter struct {
	ch chan *conn // buffered: one message
}

// wait waits until w is sent something, pause is over, or the deadline has
// passed. It returns nothing if the caller should try again.
func (p *pool) wait(ctx context.Context, w *waiter, pause time.Duration, deadline time.Time) (*conn, error) {
	remaining := time.Until(deadline)
	final := pause == 0 || remaining <= pause
	if final {
		pause = remaining
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	var err error
	select {
	case c := <-w.ch:
		return c, nil
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-timer.C:
		if final {
			err = p.exhausted()
		}
	}
	if c := p.leave(w); c != nil {
		if err == nil {
			return c, nil
		}
		p.release(c)
	}
	return nil, err
}

// leave takes w out of the queue. If it has been sent a connection meanwhile,
// leave returns that; if it has been told to try again, the next is told.
func (p *pool) leave(w *waiter) *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	for e := p.waiters.Front(); e != nil; e = e.Next() {
		if e.Value == w {
			p.waiters.Remove(e)
			return nil
		}
	}
	c := <-w.ch
	if c == nil {
		p.wake(nil)
	}
	return c
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
	p.waiters.Remove(e).(*waiter).ch <- c
	return true
}

// wakeAll tells all waiters to try again. The caller has locked p.
func (p *pool) wakeAll() {
	for p.wake(nil) {
	}
}
