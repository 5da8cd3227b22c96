package limiter

import (
	"math"
	"time"
)

// A Limiter has a token bucket for each key. Times are durations since any
// moment that all calls agree on, and must not go backwards.
//
// It is the generic cell rate algorithm: of each bucket it keeps only when it
// will be full, from which the number of tokens follows. So a bucket that is
// full needs no memory.
//
// A Limiter is not safe for concurrent use: the turn of Lua protects it.
type Limiter struct {
	burst    float64
	interval float64       // nanoseconds for one token
	span     time.Duration // for all of them: from empty to full
	capacity int
	buckets  map[string]*bucket
	ring     bucket // ring.next was used last, ring.prev longest ago
}

// A bucket is one that is not known to be full.
type bucket struct {
	key        string
	full       time.Duration // when it will be full
	prev, next *bucket
}

// forever is the wait for more tokens than a bucket can hold.
const forever = time.Duration(math.MaxInt64)

// New makes a limiter whose buckets hold burst tokens and get one more in each
// interval, given in nanoseconds. It remembers at most capacity keys. burst
// intervals must fit into half a time.Duration.
func New(burst, interval float64, capacity int) *Limiter {
	l := &Limiter{
		burst:    burst,
		interval: interval,
		span:     time.Duration(burst * interval),
		capacity: capacity,
		buckets:  map[string]*bucket{},
	}
	l.ring.prev, l.ring.next = &l.ring, &l.ring
	return l
}

// Take takes n tokens out of the bucket of key. If it has less it takes none,
// and returns after how long it will have n, or forever.
//
// Costs are rounded down to nanoseconds, so that several together never cost
// more than a bucket holds. Nobody calls so often that it would matter.
func (l *Limiter) Take(key string, n float64, now time.Duration) (wait time.Duration, ok bool) {
	l.forgetFull(now)
	full := now
	b := l.buckets[key]
	if b != nil {
		l.unlink(b)
		l.link(b)
		full = max(full, b.full)
	}
	if n > l.burst {
		return forever, false
	}
	full += time.Duration(n * l.interval)
	if wait = full - now - l.span; wait > 0 {
		return wait, false
	}
	if b == nil {
		b = l.add(key)
	}
	b.full = full
	return 0, true
}

// Tokens returns how many tokens the bucket of key has, to a millionth.
func (l *Limiter) Tokens(key string, now time.Duration) float64 {
	b := l.buckets[key]
	if b == nil || b.full <= now {
		return l.burst
	}
	tokens := l.burst - float64(b.full-now)/l.interval
	return max(0, math.Round(tokens*1e6)/1e6)
}

// Reset fills the bucket of key.
func (l *Limiter) Reset(key string) {
	if b := l.buckets[key]; b != nil {
		l.remove(b)
	}
}

// Keys returns how many keys are remembered.
func (l *Limiter) Keys() int { return len(l.buckets) }

// forgetFull removes up to two buckets that are full, those that were used
// longest ago. At most one is added per call, so that the full ones become
// fewer with each.
func (l *Limiter) forgetFull(now time.Duration) {
	for range 2 {
		b := l.ring.prev
		if b == &l.ring || b.full > now {
			return
		}
		l.remove(b)
	}
}

// add makes a bucket. If there are too many, the one goes that was used
// longest ago.
func (l *Limiter) add(key string) *bucket {
	if len(l.buckets) == l.capacity {
		l.remove(l.ring.prev)
	}
	b := &bucket{key: key}
	l.buckets[key] = b
	l.link(b)
	return b
}

func (l *Limiter) remove(b *bucket) {
	l.unlink(b)
	delete(l.buckets, b.key)
}

func (l *Limiter) link(b *bucket) {
	b.prev, b.next = &l.ring, l.ring.next
	b.next.prev = b
	l.ring.next = b
}

func (l *Limiter) unlink(b *bucket) {
	b.prev.next = b.next
	b.next.prev = b.prev
}
