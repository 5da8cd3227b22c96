package runtime

import (
	"context"
	"errors"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/dialect"
)

// The coroutine library on goroutines. gopher-lua's own coroutines cannot
// yield out of pcall, metamethods, iterators, sort callbacks or tail calls;
// here a yield just parks a goroutine, wherever it is.
//
// A coroutine and its resumer never run at the same time: resume hands the
// turn over, yield and the end hand it back. A task is a coroutine, too: it
// may yield, and then waits until some other task resumes it.

var (
	errDead = errors.New("cannot resume dead coroutine")
	// errEnded unwinds a coroutine whose owner has ended.
	errEnded = errors.New("the task that made this coroutine has ended")
)

type coStatus string

// As coroutine.status returns them.
const (
	coSuspended coStatus = "suspended"
	coRunning   coStatus = "running"
	coNormal    coStatus = "normal" // has resumed another one
	coDead      coStatus = "dead"
)

// A handover is what a coroutine tells its resumer when it gives the turn back.
type handover struct {
	values []lua.LValue
	err    error
}

// A coroutine is the flow of control that Lua calls a thread. It is the
// context of its Lua thread, so that its code always sees the task it runs for:
// that may change with each resume.
type coroutine struct {
	task    *Task       // for which it runs now
	thread  *lua.LState // its identity, as seen by scripts
	status  coStatus    // "" is running: the zero value of a task's own
	isTask  bool        // belongs to a Task instead of being made by a script
	escaped bool        // a script has seen thread, it must not be used again

	fn        *lua.LFunction
	owner     *owner
	in        chan []lua.LValue // from the resumer; made at the first yield or start
	resumer   chan<- handover   // who waits for this coroutine
	pending   handover          // what a task tells its resumer at its next release
	unwound   bool              // must end
	traceback string            // of the error that is being caught
}

// Deadline, Done, Err and Value make a coroutine the context of its threads.
func (c *coroutine) Deadline() (time.Time, bool) { return c.task.ctx.Deadline() }

// Done is asked at each Lua instruction.
func (c *coroutine) Done() <-chan struct{} { return c.task.done }

func (c *coroutine) Err() error { return context.Cause(c.task.ctx) }

func (c *coroutine) Value(key any) any { return c.task.ctx.Value(key) }

// of returns the coroutine that runs on L.
func of(L *lua.LState) *coroutine { return L.Context().(*coroutine) }

func (rt *Runtime) openCoroutines(L *lua.LState) {
	rt.setModule(L, "coroutine", rt.NewTable(L, "coroutine", coroutineFuncs()))
}

func coroutineFuncs() []Func {
	return []Func{
		{Name: "create", Fn: coCreate, Sig: "coroutine.create(f) -> thread", Doc: "Makes a coroutine that will run f."},
		{Name: "resume", Fn: coResume, Sig: "coroutine.resume(thread, ...) -> true, ... | false, err", Doc: "Runs a coroutine until it yields or ends. A handler that has yielded is resumed the same way; then resume returns as soon as the handler yields, waits or ends."},
		{Name: "yield", Fn: coYield, Sig: "coroutine.yield(...) -> ...", Doc: "Suspends the running coroutine until it is resumed, from anywhere: also inside pcall, metamethods and iterators."},
		{Name: "wrap", Fn: coWrap, Sig: "coroutine.wrap(f) -> function", Doc: "Makes a coroutine and returns a function that resumes it and raises its errors."},
		{Name: "status", Fn: coGetStatus, Sig: "coroutine.status(thread) -> string", Doc: "Returns suspended, running, normal or dead."},
		{Name: "running", Fn: coGetRunning, Sig: "coroutine.running() -> thread", Doc: "Returns the running coroutine, nil in the configuration script itself."},
		{Name: "isyieldable", Fn: coIsYieldable, Sig: "coroutine.isyieldable() -> boolean", Doc: "Tells whether the running code may yield."},
	}
}

// lookup returns the coroutine that a script knows as thread, nil if it has
// ended and was forgotten.
func lookup(thread *lua.LState) *coroutine {
	c, _ := thread.Context().(*coroutine)
	if c == nil || c.thread != thread {
		return nil
	}
	return c
}

func newCoroutine(L *lua.LState, fn *lua.LFunction) *coroutine {
	t := of(L).task
	c := &coroutine{task: t, status: coSuspended, fn: fn, owner: t.owner, escaped: true}
	c.thread, _ = t.rt.vm.NewThread()
	c.thread.SetContext(c)
	return c
}

func coCreate(L *lua.LState) int {
	NArgs(L, 1, -1)
	L.Push(newCoroutine(L, Function(L, 1)).thread)
	return 1
}

func coResume(L *lua.LState) int {
	NArgs(L, 1, -1)
	c := lookup(checkThread(L, 1))
	values, err := resume(of(L), c, arguments(L, 2))
	if err != nil {
		L.Push(lua.LFalse)
		L.Push(errorValue(err))
		return 2
	}
	L.Push(lua.LTrue)
	return 1 + Results(L, values...)
}

func coWrap(L *lua.LState) int {
	NArgs(L, 1, -1)
	c := newCoroutine(L, Function(L, 1))
	L.Push(L.NewFunction(func(L *lua.LState) int {
		values, err := resume(of(L), c, arguments(L, 1))
		if err != nil {
			v := errorValue(err)
			if s, ok := v.(lua.LString); ok { // as Lua does
				v = lua.LString(dialect.Where(L, 1)) + s
			}
			L.Error(v, 0)
		}
		return Results(L, values...)
	}))
	return 1
}

func coYield(L *lua.LState) int {
	values, err := of(L).yield(arguments(L, 1))
	if err != nil {
		raise(L, "%s", err)
	}
	return Results(L, values...)
}

func coGetStatus(L *lua.LState) int {
	NArgs(L, 1, -1)
	status := coDead
	if c := lookup(checkThread(L, 1)); c != nil {
		status = c.state()
	}
	L.Push(lua.LString(status))
	return 1
}

func coGetRunning(L *lua.LState) int {
	c := of(L)
	if c.isTask && c.task.owner != &c.task.own {
		L.Push(lua.LNil)
		return 1
	}
	c.escaped = true
	L.Push(c.thread)
	return 1
}

func coIsYieldable(L *lua.LState) int {
	c := of(L)
	L.Push(lua.LBool(!c.isTask || c.task.owner == &c.task.own))
	return 1
}

func (c *coroutine) state() coStatus {
	if c.status == "" {
		return coRunning
	}
	return c.status
}

// resume runs c on behalf of from until c yields or ends; a task also gives
// the turn back when it waits. The caller has the turn, and has it again when
// resume returns.
func resume(from, c *coroutine, args []lua.LValue) ([]lua.LValue, error) {
	switch {
	case c == nil || c.state() == coDead:
		return nil, errDead
	case c.state() != coSuspended:
		return nil, errors.New("cannot resume non-suspended coroutine")
	}
	if c.in == nil {
		if err := from.task.rt.addCoroutine(); err != nil {
			return nil, err
		}
		if c.owner.ended {
			c.owner = from.task.owner
		}
	}
	back := make(chan handover, 1)
	c.resumer = back
	c.status, from.status = coRunning, coNormal
	if !c.isTask {
		c.task = from.task
	}
	c.start(args)
	h := <-back
	from.status = coRunning
	if !c.isTask && c.owner.ended {
		c.adopt(from.task.owner)
	}
	from.task.rt.turn.passTo(from.task)
	return h.values, h.err
}

// start hands the turn to c.
func (c *coroutine) start(args []lua.LValue) {
	switch {
	case c.in == nil:
		c.in = make(chan []lua.LValue)
		c.owner.add(c)
		go c.body(args)
	case c.isTask:
		c.task.rt.turn.passTo(c.task)
		select {
		case c.in <- args:
		case <-c.task.done:
			c.abandon()
		}
	default:
		c.in <- args
	}
}

// abandon answers the resumer of a task that was cancelled while it was
// suspended: the task unwinds when it gets the turn.
func (c *coroutine) abandon() {
	back := c.resumer
	c.resumer, c.status = nil, coDead
	back <- handover{err: errDead}
}

// body runs on the goroutine of a coroutine that a script made.
func (c *coroutine) body(args []lua.LValue) {
	values, err := callValues(c.thread, c.fn, args)
	rt := c.task.rt
	rt.coroutines--
	c.owner.remove(c)
	c.status, c.fn = coDead, nil
	back := c.resumer
	c.resumer = nil
	back <- handover{values, err}
}

// yield suspends c. It returns what the next resume passes on. The caller has
// the turn, and has it again when yield returns.
func (c *coroutine) yield(values []lua.LValue) ([]lua.LValue, error) {
	if c.isTask {
		return c.yieldTask(values)
	}
	c.status = coSuspended
	back := c.resumer
	c.resumer = nil
	back <- handover{values: values}
	args := <-c.in
	if c.unwound {
		return nil, errEnded
	}
	return args, nil
}

// yieldTask suspends the code of a task itself. It may be cancelled.
func (c *coroutine) yieldTask(values []lua.LValue) ([]lua.LValue, error) {
	t := c.task
	if t.owner != &t.own {
		return nil, errors.New("attempt to yield outside a coroutine")
	}
	c.escaped = true
	if c.in == nil {
		c.in = make(chan []lua.LValue)
	}
	c.status, c.pending = coSuspended, handover{values: values}
	t.release()
	select {
	case args := <-c.in:
		c.pending = handover{}
		return args, nil
	case <-t.done:
		t.reacquire()
		c.pending = handover{}
		c.status = coRunning
		return nil, context.Cause(t.ctx)
	}
}

// finish marks a task's own coroutine dead.
func (c *coroutine) finish(err error) {
	c.status = coDead
	c.pending = handover{err: err}
}

func (rt *Runtime) addCoroutine() error {
	if rt.coroutines >= rt.opts.MaxCoroutines {
		return errTooManyCoroutines(rt.opts.MaxCoroutines)
	}
	rt.coroutines++
	return nil
}
