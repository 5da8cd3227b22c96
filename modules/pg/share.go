package pg

import (
	"maps"
	"time"
)

const (
	// maxRides bounds how many queries are sent together, and so how long one
	// waits for others.
	maxRides = 16
	// maxRideSize bounds what a query sends: all of a trip must find room in
	// the kernel's buffers, so that sending never waits for the server, which
	// may itself be waiting for its answers to be read.
	maxRideSize = 1 << 10
	// paramOverhead is what each parameter takes besides.
	paramOverhead = 4
	// stallLimit is how long the others wait for a query on the same trip, up to
	// twice that. Whatever takes as long alone does not go on trips.
	stallLimit = 50 * time.Millisecond
	// maxRideResult is the same for the bytes of a result.
	maxRideResult = 64 << 10
	// slowFor is how long a query counts as one that does not.
	slowFor = 10 * time.Second
	// maxSlow bounds how many are remembered.
	maxSlow = 1024
)

// share sends c on a trip with some of the queries that wait. It reports whether
// there are any: a single one can as well have c for itself. The caller has
// locked p, and gives c away.
func (p *pool) share(c *conn) bool {
	t := &trip{p: p, conn: c}
	// Others should find something to do for the other connections.
	most := min(maxRides, (p.waiters.Len()+p.opts.maxConnections-1)/p.opts.maxConnections)
	for e := p.waiters.Front(); e != nil && len(t.rides) < most; e = e.Next() {
		q := e.Value.(*waiter).query
		st := p.shareable(c, q)
		if st == nil {
			break
		}
		t.rides = append(t.rides, &ride{
			trip: t, q: *q, st: st, done: make(chan struct{}), patience: time.Duration(len(t.rides)) * 3 * stallLimit,
		})
	}
	if len(t.rides) < 2 {
		return false
	}
	t.riders = len(t.rides)
	for _, r := range t.rides {
		p.waiters.Remove(p.waiters.Front()).(*waiter).ch <- offer{ride: r}
	}
	go t.run() // until it releases the connection, for which close waits
	return true
}

// shareable returns the statement of a query that may go on a trip on c, or
// nil: it is prepared there, small, only reads, and was not slow lately.
// The caller has locked p.
func (p *pool) shareable(c *conn, q *query) *statement {
	if q == nil || !p.opts.prepare || c.lost >= maxLost {
		return nil
	}
	st := c.statements.known(q.sql)
	if st == nil || !st.prepared || !st.reads || len(st.columns) == 0 {
		return nil
	}
	size := 0
	for _, param := range q.params {
		size += len(param.s) + paramOverhead
	}
	if size > maxRideSize || time.Now().Before(p.slow[q.sql]) {
		return nil
	}
	return st
}

// noteSlow keeps a query from trips for a while.
func (p *pool) noteSlow(sql string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if len(p.slow) >= maxSlow {
		maps.DeleteFunc(p.slow, func(_ string, until time.Time) bool { return !now.Before(until) })
	}
	if len(p.slow) >= maxSlow || p.slow == nil {
		p.slow = map[string]time.Time{}
	}
	p.slow[sql] = now.Add(slowFor)
}
