package runtime

import (
	"errors"

	lua "github.com/yuin/gopher-lua"
)

// Protected calls. Each runs on a Lua thread of its own, because gopher-lua,
// when an error is raised, closes the upvalues of all functions on the thread:
// after a caught error, a closure and the function that made it would no
// longer share their variables.

// maxProtectedDepth bounds how deep protected calls nest: each nesting takes
// some kilobytes of Go stack.
const maxProtectedDepth = 4000

var errTooDeep = errors.New("stack overflow (too many nested protected calls)")

func (rt *Runtime) openProtectedCalls(L *lua.LState) {
	rt.SetGlobals(L, protectedCallFuncs())
}

func protectedCallFuncs() []Func {
	return []Func{
		{Name: "pcall", Fn: pcall, Sig: "pcall(f, ...) -> true, ... | false, err", Doc: "Calls f and catches its errors."},
		{Name: "xpcall", Fn: xpcall, Sig: "xpcall(f, handler, ...) -> true, ... | false, result", Doc: "Calls f; if it raises, handler is called where the error happened, and its result returned."},
	}
}

func pcall(L *lua.LState) int {
	NArgs(L, 1, -1)
	return protected(L, L.Get(1), nil, arguments(L, 2))
}

func xpcall(L *lua.LState) int {
	NArgs(L, 2, -1)
	handler := L.Get(2)
	return protected(L, L.Get(1), handler, arguments(L, 3))
}

// protected calls fn on a thread of its own and pushes true and the results,
// or false and the error.
func protected(L *lua.LState, fn, handler lua.LValue, args []lua.LValue) int {
	c := of(L)
	rt := c.task.rt
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > maxProtectedDepth {
		L.Push(lua.LFalse)
		L.Push(lua.LString(errTooDeep.Error()))
		return 2
	}
	th := rt.thread(c)
	th.Env = L.Env
	values, err := callOn(th, fn, handler, args)
	if err != nil {
		L.Push(lua.LFalse)
		L.Push(errorValue(rt.scriptError(err)))
		return 2
	}
	rt.recycle(th)
	L.Push(lua.LTrue)
	return 1 + Results(L, values...)
}

// callOn calls fn on th, which runs nothing else.
func callOn(th *lua.LState, fn, handler lua.LValue, args []lua.LValue) ([]lua.LValue, error) {
	th.Push(fn)
	for _, v := range args {
		th.Push(v)
	}
	var onError *lua.LFunction
	if handler != nil {
		onError = th.NewFunction(func(L *lua.LState) int { return handleError(L, handler) })
	}
	if err := th.PCall(len(args), lua.MultRet, onError); err != nil {
		return nil, err
	}
	values := make([]lua.LValue, th.GetTop())
	for i := range values {
		values[i] = th.Get(i + 1)
	}
	return values, nil
}

// handleError runs on the failed thread, on top of the frames that failed. It
// calls the handler of xpcall, and then closes the upvalues of those frames,
// which PCall leaves to whoever handles the error: raising once more without
// a handler does that.
func handleError(L *lua.LState, handler lua.LValue) int {
	object := L.Get(1)
	L.Push(handler)
	L.Push(object)
	result := lua.LValue(lua.LString("error in error handling"))
	if err := L.PCall(1, 1, nil); err == nil {
		result = L.Get(-1)
	} else {
		result = errorValue(of(L).task.rt.scriptError(err))
	}
	L.Push(L.NewFunction(raiseAgain))
	_ = L.PCall(0, 0, nil)
	L.Push(result)
	return 1
}

func raiseAgain(L *lua.LState) int {
	L.Error(lua.LNil, 0)
	return 0
}

// callValues calls fn on th and returns its results; the error is a
// *ScriptError.
func callValues(th *lua.LState, fn lua.LValue, args []lua.LValue) ([]lua.LValue, error) {
	values, err := callOn(th, fn, nil, args)
	if err != nil {
		return nil, of(th).task.rt.scriptError(err)
	}
	return values, nil
}

// Call calls fn with args from Go code and leaves nret results on the stack of
// L. The error is a *ScriptError.
func Call(L *lua.LState, fn lua.LValue, nret int, args ...lua.LValue) error {
	if _, busy := L.GetStack(0); busy {
		return callAside(L, fn, nret, args)
	}
	L.Push(fn)
	for _, v := range args {
		L.Push(v)
	}
	if err := L.PCall(len(args), nret, nil); err != nil {
		return of(L).task.rt.scriptError(err)
	}
	return nil
}

// callAside is Call for a Go function that was called from Lua.
func callAside(L *lua.LState, fn lua.LValue, nret int, args []lua.LValue) error {
	c := of(L)
	th := c.task.rt.thread(c)
	values, err := callValues(th, fn, args)
	if err != nil {
		return err
	}
	c.task.rt.recycle(th)
	if nret == lua.MultRet {
		nret = len(values)
	}
	for i := range nret {
		if i < len(values) {
			L.Push(values[i])
		} else {
			L.Push(lua.LNil)
		}
	}
	return nil
}
