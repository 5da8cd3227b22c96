package pg

import (
	"fmt"
	"time"
)

// Delays between attempts to connect, while they fail.
const (
	firstDelay = 100 * time.Millisecond
	maxDelay   = 10 * time.Second
)

// retryDelay returns how long to wait after so many failures in a row.
func retryDelay(failures int) time.Duration {
	if failures > 7 { // 100 ms << 7 is more than the maximum
		return maxDelay
	}
	return min(firstDelay<<max(failures-1, 0), maxDelay)
}

// An outage is what a pool knows about its server while that cannot be
// connected to. The zero value: it can, as far as known.
type outage struct {
	failures int       // attempts that failed in a row
	since    time.Time // the first of them
	next     time.Time // no attempt before
	err      error     // of the last attempt
	known    bool      // the server has been there before
	// grace is for how long queries wait for a server that was there and has
	// gone. After that they fail at once.
	grace time.Duration
}

// failed notes an attempt that failed.
func (o *outage) failed(err error, now time.Time) {
	if o.failures == 0 {
		o.since = now
	}
	o.failures++
	o.err = err
	o.next = now.Add(retryDelay(o.failures))
}

// succeeded notes a connection.
func (o *outage) succeeded() { *o = outage{known: true, grace: o.grace} }

// pause returns how long to wait until the next attempt.
func (o *outage) pause(now time.Time) time.Duration {
	if o.failures == 0 {
		return 0
	}
	return max(o.next.Sub(now), 0)
}

// hope returns for how long queries should still wait for the server to come
// back; 0 if not at all.
func (o *outage) hope(now time.Time) time.Duration {
	if !o.known || o.failures == 0 || permanent(o.err) {
		return 0
	}
	return max(o.grace-now.Sub(o.since), 0)
}

// error is for queries that do not wait.
func (o *outage) error(now time.Time) error {
	return fmt.Errorf("%w (next attempt in %v)", o.err, o.pause(now).Round(time.Millisecond))
}
