package runtime

import (
	"context"
	"sync"

	lua "github.com/yuin/gopher-lua"
)

// A Callback feeds events from outside into Lua: each is run as a task of its
// own. Two runs of one Callback never overlap; events that come during a run
// merge into one further run. An error is logged, the next event runs again.
type Callback struct {
	rt   *Runtime
	name string
	run  func(L *lua.LState, args []lua.LValue) error

	mu      sync.Mutex
	args    []lua.LValue // of the latest event
	running bool
	again   bool
	closed  bool
}

// Callback makes a Callback that calls a Lua function.
func (rt *Runtime) Callback(name string, fn *lua.LFunction) *Callback {
	return rt.CallbackFunc(name, func(L *lua.LState, args []lua.LValue) error {
		return Call(L, fn, 0, args...)
	})
}

// CallbackFunc makes a Callback that runs Go code, which holds the turn.
func (rt *Runtime) CallbackFunc(name string, run func(L *lua.LState, args []lua.LValue) error) *Callback {
	return &Callback{rt: rt, name: name, run: run}
}

// Fire has the callback run soon. Of several merged events the last one's
// arguments count. It may be called from any goroutine; args must not be
// tables or other values that somebody else changes.
func (c *Callback) Fire(args ...lua.LValue) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.args = args
	if c.running {
		c.again = true
		return
	}
	c.running = true
	c.rt.Spawn(c.loop)
}

// Close makes Fire do nothing from now on. A run in progress goes on.
func (c *Callback) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed, c.again = true, false
	return nil
}

func (c *Callback) loop(ctx context.Context) {
	for {
		args := c.latest()
		c.rt.report(c.name, c.rt.Run(ctx, c.name, func(L *lua.LState) error {
			return c.run(L, args)
		}))
		if !c.more() {
			return
		}
	}
}

func (c *Callback) latest() []lua.LValue {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.args
}

func (c *Callback) more() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running, c.again = c.again, false
	return c.running
}
