package process

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// DefaultMaxPrograms is how many programs may run at a time unless the group
// has another limit. Each takes six descriptors of the daemon and is some
// processes if it starts others; the systemd unit allows for four each.
const DefaultMaxPrograms = 1000

// ErrFull is the error of Run when too many programs were running for too long.
var ErrFull = errors.New("too many programs are running")

// places are what programs need one of each. Those who wait get one in the
// order in which they came.
type places struct {
	taken   chan struct{} // its capacity is their number
	waiting atomic.Int64
}

func newPlaces(n int) *places { return &places{taken: make(chan struct{}, n)} }

// take waits for a place until the deadline (ErrTimeout; the zero time is
// none), until patience is over (ErrFull), or one of the contexts (its cause).
func (p *places) take(ctx, closing context.Context, patience time.Duration, deadline time.Time) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case p.taken <- struct{}{}:
		return nil
	default:
	}
	reason := ErrFull
	if left := time.Until(deadline); !deadline.IsZero() && left < patience {
		patience, reason = left, ErrTimeout
	}
	p.waiting.Add(1)
	defer p.waiting.Add(-1)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case p.taken <- struct{}{}:
		return nil
	case <-timer.C:
		return reason
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-closing.Done():
		return context.Cause(closing)
	}
}

// free gives a place back.
func (p *places) free() { <-p.taken }
