package runtime

import (
	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/dialect"
)

// Call calls fn with args from Go code and leaves nret results on the stack of
// L. The error is a *ScriptError.
func Call(L *lua.LState, fn lua.LValue, nret int, args ...lua.LValue) error {
	c := of(L)
	rt := c.task.rt
	L.Push(fn)
	for _, v := range args {
		L.Push(v)
	}
	if err := dialect.PCall(L, len(args), nret, rt.onError); err != nil {
		return rt.scriptError(err, c)
	}
	return nil
}

// callValues is Call that returns all results instead of leaving them.
func callValues(L *lua.LState, fn lua.LValue, args []lua.LValue) ([]lua.LValue, error) {
	top := L.GetTop()
	if err := Call(L, fn, lua.MultRet, args...); err != nil {
		return nil, err
	}
	values := arguments(L, top+1)
	L.SetTop(top)
	return values, nil
}

// noteTraceback is the error handler of Call. It runs where the error was
// raised.
func noteTraceback(L *lua.LState) int {
	of(L).traceback = dialect.Traceback(L, 1)
	L.Push(L.Get(1))
	return 1
}

// panicked logs a Go panic in a function that a script called. To the script
// it is an error like others.
func (rt *Runtime) panicked(_ *lua.LState, value any, stack []byte) {
	rt.opts.Logger.Error("panic in a Lua function", "error", value, "stack", string(stack))
}
