package runtime

import (
	"context"
	"iter"

	lua "github.com/yuin/gopher-lua"
)

// A Task is one Lua activity. It has a context, which ends when the task ends
// or is cancelled: from then on every Lua instruction of the task raises, so
// that a script cannot outlive its task by catching errors.
type Task struct {
	rt        *Runtime
	name      string
	ctx       context.Context
	done      <-chan struct{} // of ctx; checked at each Lua instruction
	cancel    context.CancelCauseFunc
	unlimited bool   // may keep the turn for as long as it likes
	own       owner  // what the task made
	owner     *owner // &own, or the runtime's root for the main program
	main      coroutine
	prev      *Task // in life.tasks
	next      *Task
}

// Name returns what the task was called when it was started.
func (t *Task) Name() string { return t.name }

// Run runs fn as a task on the calling goroutine and returns its error. fn
// holds the turn and gets a Lua thread of its own; L and Lua values must not
// be used after fn has returned. When fn returns, what the task made (see
// [ScopeOf]) is closed, and coroutines that it left unfinished are ended. If
// the task was cancelled, the error is the cause of that.
func (rt *Runtime) Run(ctx context.Context, name string, fn func(L *lua.LState) error) error {
	t := &Task{rt: rt, name: name}
	t.owner = &t.own
	return t.run(ctx, fn)
}

// Main runs fn like [Runtime.Run], as a part of the main program: no turn limit, and what it
// makes lives until the runtime is closed. The configuration script and the
// lines of a REPL are run this way.
func (rt *Runtime) Main(ctx context.Context, name string, fn func(L *lua.LState) error) error {
	t := &Task{rt: rt, name: name, unlimited: true, owner: &rt.root}
	return t.run(ctx, fn)
}

// Go runs a Lua function as a task on a goroutine of its own. An error is
// logged. The caller must hold the turn.
func (rt *Runtime) Go(name string, fn *lua.LFunction, args ...lua.LValue) {
	rt.Spawn(func(ctx context.Context) {
		rt.report(name, rt.Run(ctx, name, func(L *lua.LState) error {
			return Call(L, fn, 0, args...)
		}))
	})
}

// report logs the error of a task that nobody waits for.
func (rt *Runtime) report(name string, err error) {
	if err == nil {
		return
	}
	if rt.life.ctx.Err() == nil {
		rt.failures.Add(1)
		rt.opts.Logger.Error(name+" failed", ErrorAttrs(err)...)
	}
}

func (t *Task) run(ctx context.Context, fn func(L *lua.LState) error) (err error) {
	t.ctx, t.cancel = context.WithCancelCause(ctx)
	t.done = t.ctx.Done()
	if !t.rt.life.enter(t) {
		t.cancel(ErrClosed)
		return ErrClosed
	}
	defer t.rt.life.leave(t)
	t.main.task = t
	t.main.isTask = true

	t.rt.turn.take(t)
	defer func() {
		t.end(err)
		t.release()
	}()
	return t.protect(fn)
}

// protect runs fn on a thread of the pool; a Go panic becomes an error.
func (t *Task) protect(fn func(L *lua.LState) error) (err error) {
	L := t.rt.thread(&t.main)
	t.main.thread = L
	defer func() {
		if r := recover(); r != nil {
			err = panicError(r)
			t.rt.opts.Logger.Error("panic in "+t.name, ErrorAttrs(err)...)
		} else if err == nil && !t.main.escaped {
			t.rt.recycle(L)
		}
		if cause := context.Cause(t.ctx); err != nil && cause != nil {
			err = withCause(err, cause)
		}
	}()
	return fn(L)
}

// end closes what the task made. Whoever resumed the task as a coroutine
// learns how it ended.
func (t *Task) end(err error) {
	t.cancel(context.Canceled)
	t.main.finish(err)
	if t.owner == &t.own {
		t.own.end()
	}
}

// release gives up the turn, or hands it to the task that resumed this one.
func (t *Task) release() {
	if r := t.main.resumer; r != nil {
		t.main.resumer = nil
		r <- t.main.pending
		return
	}
	t.rt.turn.give()
}

// reacquire takes the turn back after release.
func (t *Task) reacquire() {
	t.rt.turn.take(t)
}

// The pool of idle threads is bounded, and emptied from time to time: a thread
// never shrinks, and one that grew deep should not be kept for ever.
const (
	maxIdleThreads = 256
	threadUses     = 4096
)

// thread returns a Lua thread for a coroutine's code, from the pool or new.
// The caller has the turn.
func (rt *Runtime) thread(c *coroutine) *lua.LState {
	var L *lua.LState
	if n := len(rt.threads); n > 0 {
		L = rt.threads[n-1]
		rt.threads[n-1] = nil
		rt.threads = rt.threads[:n-1]
	} else {
		L, _ = rt.vm.NewThread()
	}
	L.SetContext(c)
	return L
}

// recycle puts a thread that nothing refers to back into the pool.
func (rt *Runtime) recycle(L *lua.LState) {
	if rt.recycled++; rt.recycled%threadUses == 0 {
		rt.threads = nil
	}
	L.SetTop(0)
	L.Env = rt.vm.Env
	if len(rt.threads) < maxIdleThreads {
		rt.threads = append(rt.threads, L)
	}
}

// activeThreads lists the threads of all tasks and coroutines that have not
// ended. The caller has the turn.
func (rt *Runtime) activeThreads() iter.Seq[*lua.LState] {
	return func(yield func(*lua.LState) bool) {
		owners := []*owner{&rt.root}
		for _, t := range rt.life.all() {
			if t.main.thread != nil && !yield(t.main.thread) {
				return
			}
			owners = append(owners, &t.own)
		}
		for _, o := range owners {
			for c := range o.started {
				if !yield(c.thread) {
					return
				}
			}
		}
	}
}
