package dialect

import lua "github.com/yuin/gopher-lua"

// getfenv([f]) -> environment of a function, or of the one at a level of the
// stack; 0 is the thread
func baseGetfenv(L *lua.LState) int {
	fn := functionAt(L)
	switch {
	case fn == nil:
		L.Push(L.Env)
	case fn.IsG:
		L.Push(L.G.Global)
	default:
		L.Push(fn.Env)
	}
	return 1
}

// setfenv(f, table) -> the function; nothing for level 0
func baseSetfenv(L *lua.LState) int {
	env := checkTable(L, 2)
	fn := functionAt(L)
	switch {
	case fn == nil:
		L.Env = env
		return 0
	case fn.IsG:
		raise(L, "'setfenv' cannot change environment of given object")
	}
	fn.Env = env
	L.Push(fn)
	return 1
}

// functionAt is the function that argument 1 is, or that runs at that level of
// the stack, by default 1; nil for level 0.
func functionAt(L *lua.LState) *lua.LFunction {
	if fn, ok := L.Get(1).(*lua.LFunction); ok {
		return fn
	}
	level := optInt(L, 1, 1)
	if level == 0 {
		return nil
	}
	d, ok := frameAt(L, level)
	if !ok {
		argError(L, 1, "invalid level")
	}
	fn, _ := L.GetInfo("f", d, lua.LNil)
	f, _ := fn.(*lua.LFunction)
	return f
}
