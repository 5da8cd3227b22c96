// Package buffer provides the memory that messages are read into: buffers of
// nearly the asked size, reused, with a cap on the sum of all that are in use.
//
// A fresh slice per message costs zeroing, page faults and garbage collection;
// a 64 KiB message is relayed 1.4 times as fast from a reused one. Large
// buffers are mapped outside of Go's heap, where the collector would let
// twice their size pile up.
package buffer

import (
	"context"
	"errors"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/sys/unix"
)

// ErrFull is returned by [Pool.Get] if no room became free in time.
var ErrFull = errors.New("too many bytes of messages are in flight")

const (
	minSize = 4 << 10
	// mapFrom is the size from which buffers are mapped memory.
	mapFrom = 256 << 10
	// maxIdle bounds the sum of unused buffers that are kept.
	maxIdle = 64 << 20
	// idleTime is how long an unused buffer is kept at least; at most twice as long.
	idleTime = 5 * time.Second
)

// A Pool hands out buffers. Its methods may be called from any goroutine.
type Pool struct {
	limit   int64
	room    *semaphore.Weighted
	waiting atomic.Int64 // for room

	mu    sync.Mutex
	idle  map[int][]idleBuffer // by size class
	bytes int64                // sum of idle
	round int                  // of trimming
	timer *time.Timer          // runs while there are idle buffers
}

type idleBuffer struct {
	memory []byte
	round  int // in which it was put back
}

// New makes a pool whose buffers in use hold at most limit bytes together.
func New(limit int64) *Pool {
	return &Pool{
		limit: limit,
		room:  semaphore.NewWeighted(limit),
		idle:  map[int][]idleBuffer{},
	}
}

// Limit returns the cap on the bytes in use.
func (p *Pool) Limit() int64 { return p.limit }

// Scarce tells whether somebody waits for room.
func (p *Pool) Scarce() bool { return p.waiting.Load() > 0 }

// Get returns a buffer of size bytes with arbitrary content. If the cap is
// reached it waits, as long as patience says at most, and then returns ErrFull;
// if ctx ends before that, its cause. The caller must Put the buffer back once.
func (p *Pool) Get(ctx context.Context, size int, patience time.Duration) ([]byte, error) {
	if !p.room.TryAcquire(int64(size)) {
		if err := p.waitForRoom(ctx, int64(size), patience); err != nil {
			return nil, err
		}
	}
	class := classOf(size)
	if memory := p.take(class); memory != nil {
		return memory[:size], nil
	}
	memory, err := allocate(class)
	if err != nil {
		p.room.Release(int64(size))
		return nil, err
	}
	return memory[:size], nil
}

func (p *Pool) waitForRoom(ctx context.Context, size int64, patience time.Duration) error {
	p.waiting.Add(1)
	defer p.waiting.Add(-1)
	ctx, cancel := context.WithTimeoutCause(ctx, patience, ErrFull)
	defer cancel()
	if p.room.Acquire(ctx, size) != nil {
		return context.Cause(ctx)
	}
	return nil
}

// Put gives a buffer back. It must have the length that Get returned it with,
// and must not be used any more.
func (p *Pool) Put(b []byte) {
	p.room.Release(int64(len(b)))
	memory := b[:cap(b)]
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bytes+int64(len(memory)) > maxIdle {
		release(memory)
		return
	}
	p.bytes += int64(len(memory))
	class := len(memory)
	p.idle[class] = append(p.idle[class], idleBuffer{memory, p.round})
	if p.timer == nil {
		p.timer = time.AfterFunc(idleTime, p.trim)
	}
}

// take returns the most recently used idle buffer of a class, or nil.
func (p *Pool) take(class int) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.idle[class]
	if len(list) == 0 {
		return nil
	}
	memory := list[len(list)-1].memory
	list[len(list)-1] = idleBuffer{}
	p.idle[class] = list[:len(list)-1]
	p.bytes -= int64(len(memory))
	return memory
}

// trim frees the buffers that have not been used for a round.
func (p *Pool) trim() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for class, list := range p.idle {
		keep := 0
		for keep < len(list) && list[keep].round < p.round {
			p.bytes -= int64(class)
			release(list[keep].memory)
			keep++
		}
		if keep == len(list) {
			delete(p.idle, class)
		} else {
			p.idle[class] = append([]idleBuffer(nil), list[keep:]...)
		}
	}
	p.round++
	p.timer = nil
	if len(p.idle) > 0 {
		p.timer = time.AfterFunc(idleTime, p.trim)
	}
}

// Close frees the idle buffers. Buffers in use may still be put back.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
	for class, list := range p.idle {
		for _, b := range list {
			release(b.memory)
		}
		delete(p.idle, class)
	}
	p.bytes = 0
}

// classOf rounds a size up to one of four steps per power of two, so that at
// most a quarter of a buffer is unused.
func classOf(size int) int {
	if size <= minSize {
		return minSize
	}
	step := 1 << (bits.Len(uint(size-1)) - 3)
	return (size + step - 1) / step * step
}

func allocate(class int) ([]byte, error) {
	if class < mapFrom {
		return make([]byte, class), nil
	}
	return unix.Mmap(-1, 0, class, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
}

func release(memory []byte) {
	if len(memory) >= mapFrom {
		_ = unix.Munmap(memory) // fails only for memory that is not mapped
	}
}
