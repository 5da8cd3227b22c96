package runtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	lua "github.com/yuin/gopher-lua"
)

// A Scope holds what must be closed when a task ends, such as a mail object
// that goes stale. For the main program it is closed with the runtime.
type Scope struct {
	closers []io.Closer
	ended   bool
}

// ScopeOf returns the scope of the task that runs on L.
func ScopeOf(L *lua.LState) *Scope { return &of(L).task.owner.Scope }

// Add has c closed when the task ends, in the reverse order of Add. The caller
// holds the turn, and so does the call of c.Close.
func (s *Scope) Add(c io.Closer) { s.closers = append(s.closers, c) }

// An owner is a scope and the coroutines that were started in it.
type owner struct {
	Scope
	started map[*coroutine]struct{}
}

func (o *owner) add(c *coroutine) {
	if o.started == nil {
		o.started = map[*coroutine]struct{}{}
	}
	o.started[c] = struct{}{}
}

func (o *owner) remove(c *coroutine) { delete(o.started, c) }

// adopt makes o the owner of a coroutine whose own owner has ended while it
// ran for another task.
func (c *coroutine) adopt(o *owner) {
	if c.status == coDead {
		return
	}
	c.owner.remove(c)
	c.owner = o
	o.add(c)
}

// end unwinds suspended coroutines and closes the scope. Those that run for
// another task at the moment go on and are adopted by it. The caller has the
// turn.
func (o *owner) end() error {
	o.ended = true
	for c := range o.started {
		if c.status == coSuspended {
			c.unwind(o)
		}
	}
	var errs []error
	for _, c := range slices.Backward(o.closers) {
		errs = append(errs, c.Close())
	}
	o.closers = nil
	return errors.Join(errs...)
}

// unwind ends a suspended coroutine: its yield raises, and so does every
// further instruction, because it runs for a task that was cancelled.
func (c *coroutine) unwind(o *owner) {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errEnded)
	c.task = &Task{rt: c.task.rt, ctx: ctx, done: ctx.Done(), owner: o}

	back := make(chan handover, 1)
	c.resumer = back
	c.unwound = true
	c.in <- nil
	<-back
}

func errTooManyCoroutines(limit int) error {
	return fmt.Errorf("too many coroutines (at most %d may be alive)", limit)
}
