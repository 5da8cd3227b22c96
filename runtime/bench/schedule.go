package bench

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// A schedule tells clients when their mails are due.
type schedule interface {
	// next waits until the next mail is due, and returns when that was. It is
	// false if there are no more.
	next(ctx context.Context) (due time.Time, ok bool)
	// close returns how many mails were due but had no client to begin them.
	// No client calls next any more.
	close() (missed int64)
}

// A closedLoop has a mail due whenever a client asks.
type closedLoop struct {
	begun atomic.Int64
	count int64     // 0: no limit
	end   time.Time // zero: none
}

func newClosedLoop(began time.Time, o Options) *closedLoop {
	c := &closedLoop{count: o.Count}
	if o.Duration > 0 {
		c.end = began.Add(o.Duration)
	}
	return c
}

func (c *closedLoop) next(ctx context.Context) (time.Time, bool) {
	now := time.Now()
	over := ctx.Err() != nil || !c.end.IsZero() && !now.Before(c.end) ||
		c.count > 0 && c.begun.Add(1) > c.count
	return now, !over
}

func (c *closedLoop) close() int64 { return 0 }

// An openLoop has mails due at a fixed rate.
//
// The clock is a timerfd because Go's own timers may be late by a millisecond
// when nothing else happens: the runtime waits for them in epoll_wait(2), which
// counts in milliseconds. The kernel rearms it without drift, and tells how
// many ticks have passed if nobody has looked.
type openLoop struct {
	clock    *os.File
	interval time.Duration
	began    time.Time
	ticks    int64 // the most that there will be; 0: no limit
	dues     chan time.Time
	pacing   sync.WaitGroup
	stop     func() bool
	sent     int64
}

func newOpenLoop(ctx context.Context, began time.Time, o Options) (*openLoop, error) {
	loop := &openLoop{
		interval: max(time.Duration(float64(time.Second)/o.Rate), 1),
		began:    began,
		ticks:    o.Count,
		dues:     make(chan time.Time),
	}
	if o.Duration > 0 {
		if n := max(int64(o.Duration/loop.interval), 1); loop.ticks == 0 || n < loop.ticks {
			loop.ticks = n
		}
	}
	var err error
	if loop.clock, err = newClock(loop.interval); err != nil {
		return nil, err
	}
	loop.stop = context.AfterFunc(ctx, func() { loop.clock.SetDeadline(time.Unix(1, 0)) })
	loop.pacing.Go(func() { loop.pace(ctx, o.Duration) })
	return loop, nil
}

func newClock(interval time.Duration) (*os.File, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("timerfd_create", err)
	}
	tick := unix.NsecToTimespec(int64(interval))
	if err := unix.TimerfdSettime(fd, 0, &unix.ItimerSpec{Interval: tick, Value: tick}, nil); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("timerfd_settime: %w", err)
	}
	return os.NewFile(uintptr(fd), "timerfd"), nil
}

// pace gives each mail that is due to a client, waiting for one to become idle.
// At the end of the duration it stops waiting.
func (o *openLoop) pace(ctx context.Context, duration time.Duration) {
	defer close(o.dues)
	if duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, o.began.Add(duration))
		defer cancel()
	}
	for due := int64(1); ; {
		for ; o.sent < due; o.sent++ {
			select {
			case o.dues <- o.began.Add(time.Duration(o.sent) * o.interval):
			case <-ctx.Done():
				return
			}
		}
		if due == o.ticks {
			return
		}
		ticks, err := o.tick()
		if err != nil {
			return // ctx has ended
		}
		if due += ticks; o.ticks > 0 {
			due = min(due, o.ticks)
		}
	}
}

// tick waits for the clock and returns how many intervals have passed since the
// last time.
func (o *openLoop) tick() (int64, error) {
	var count [8]byte
	if _, err := o.clock.Read(count[:]); err != nil {
		return 0, err
	}
	return int64(binary.NativeEndian.Uint64(count[:])), nil
}

func (o *openLoop) next(context.Context) (time.Time, bool) {
	due, ok := <-o.dues
	return due, ok
}

func (o *openLoop) close() int64 {
	o.pacing.Wait()
	o.stop()
	o.clock.Close()
	due := int64(time.Since(o.began)/o.interval) + 1
	if o.ticks > 0 {
		due = min(due, o.ticks)
	}
	return max(0, due-o.sent)
}
