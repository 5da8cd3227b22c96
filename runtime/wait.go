package runtime

import (
	"context"

	lua "github.com/yuin/gopher-lua"
)

// Wait gives up the turn, runs fn on this goroutine, takes the turn back and
// returns fn's results. Meanwhile other tasks run. fn gets the context of the
// task; it must return soon after that ends, and must not touch L or any Lua
// value. If the task was cancelled, Wait raises instead of returning.
func Wait[T any](L *lua.LState, fn func(ctx context.Context) (T, error)) (T, error) {
	t := of(L).task
	value, err := waitFor(t, fn)
	if t.ctx.Err() != nil {
		L.RaiseError("%s", context.Cause(t.ctx))
	}
	return value, err
}

func waitFor[T any](t *Task, fn func(ctx context.Context) (T, error)) (T, error) {
	t.release()
	defer t.reacquire()
	return fn(t.ctx)
}

// Context returns the context of the task that runs on L.
func Context(L *lua.LState) context.Context { return of(L).task.ctx }

// Of returns the runtime that L belongs to.
func Of(L *lua.LState) *Runtime { return of(L).task.rt }
