package runtime

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// A turn is the right to touch Lua values. At most one task has it. A mutex
// serves: Go's mutex hands over in order as soon as somebody has waited for a
// millisecond, so nobody starves.
type turn struct {
	mu     sync.Mutex
	holder atomic.Pointer[Task] // nil: nobody, or the runtime itself
	count  atomic.Uint64        // grows each time somebody gets the turn
	heldNs atomic.Int64         // how long the holder has had it, as last seen by watchTurn
}

// take waits for the turn.
func (tn *turn) take(t *Task) {
	tn.mu.Lock()
	tn.passTo(t)
}

// passTo notes that t has the turn from now on. The caller has it.
func (tn *turn) passTo(t *Task) {
	tn.holder.Store(t)
	tn.count.Add(1)
}

// give gives the turn up.
func (tn *turn) give() {
	tn.holder.Store(nil)
	tn.mu.Unlock()
}

// A TurnLimitError ends a task that kept the turn for too long.
type TurnLimitError struct {
	Limit time.Duration
}

// Error says what happened and which limit was exceeded.
func (e *TurnLimitError) Error() string {
	return fmt.Sprintf("the script ran for more than %v without waiting", e.Limit)
}

// watchTurn ends tasks that keep the turn longer than the limit. It looks
// from time to time, so that taking the turn needs no clock.
func (rt *Runtime) watchTurn(ctx context.Context) {
	limit := rt.opts.TurnLimit
	tick := time.NewTicker(max(limit/20, time.Millisecond))
	defer tick.Stop()
	var seen uint64
	var since time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			t := rt.turn.holder.Load()
			if count := rt.turn.count.Load(); t == nil || count != seen {
				seen, since = count, now
			}
			held := now.Sub(since)
			rt.turn.heldNs.Store(int64(held))
			if held >= limit && !t.unlimited {
				t.cancel(&TurnLimitError{limit})
			}
		}
	}
}

// Held returns for how long the task that has the turn has kept it, to about
// a twentieth of the turn limit; 0 if nobody has it or there is no limit. A
// value well above the limit means that a function written in Go is stuck.
func (rt *Runtime) Held() time.Duration {
	return time.Duration(rt.turn.heldNs.Load())
}
