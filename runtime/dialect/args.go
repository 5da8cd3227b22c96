package dialect

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"
)

// Argument checks in LuaJIT's words. All count arguments from 1 and raise
// "bad argument #1 to 'find' (string expected, got no value)".

// raise raises an error with the position of the Lua function that has called
// the running Go function. There is none if that was another Go function, as
// in pcall(string.rep).
func raise(L *lua.LState, format string, args ...any) {
	L.Error(lua.LString(Where(L, 1)+fmt.Sprintf(format, args...)), 0)
}

// argError counts the arguments of a method from 1 after the object.
func argError(L *lua.LState, n int, format string, args ...any) {
	name, message := functionName(L), fmt.Sprintf(format, args...)
	if calledAsMethod(L) {
		n--
	}
	if n == 0 {
		raise(L, "calling '%s' on bad self (%s)", name, message)
	}
	raise(L, "bad argument #%d to '%s' (%s)", n, name, message)
}

// functionName is the name by which the running Go function was called; "?" if
// it has none.
func functionName(L *lua.LState) string {
	if d, ok := L.GetStack(0); ok {
		if _, err := L.GetInfo("n", d, lua.LNil); err == nil && d.Name != "" && d.Name[0] != '(' {
			return d.Name
		}
	}
	return "?"
}

func typeError(L *lua.LState, n int, expected string) {
	argError(L, n, "%s expected, got %s", expected, typeName(L, n))
}

// typeName names the type of an argument, "no value" for one that is missing.
func typeName(L *lua.LState, n int) string {
	if n > L.GetTop() {
		return "no value"
	}
	return L.Get(n).Type().String()
}

func checkAny(L *lua.LState, n int) lua.LValue {
	if n > L.GetTop() {
		argError(L, n, "value expected")
	}
	return L.Get(n)
}

// checkString takes numbers too.
func checkString(L *lua.LState, n int) string {
	v := L.Get(n)
	if s, ok := v.(lua.LString); ok {
		return string(s)
	}
	s, ok := text(v)
	if !ok {
		typeError(L, n, "string")
	}
	return s
}

func optString(L *lua.LState, n int, def string) string {
	if L.Get(n) == lua.LNil {
		return def
	}
	return checkString(L, n)
}

// checkNumber takes strings that read as numbers too.
func checkNumber(L *lua.LState, n int) float64 {
	v := L.Get(n)
	if f, ok := v.(lua.LNumber); ok {
		return float64(f)
	}
	f, ok := toNumber(v)
	if !ok {
		typeError(L, n, "number")
	}
	return f
}

func optNumber(L *lua.LState, n int, def float64) float64 {
	if L.Get(n) == lua.LNil {
		return def
	}
	return checkNumber(L, n)
}

// checkInt cuts fractions off.
func checkInt(L *lua.LState, n int) int { return truncate(checkNumber(L, n)) }

func optInt(L *lua.LState, n, def int) int {
	if L.Get(n) == lua.LNil {
		return def
	}
	return checkInt(L, n)
}

func checkTable(L *lua.LState, n int) *lua.LTable {
	t, ok := L.Get(n).(*lua.LTable)
	if !ok {
		typeError(L, n, "table")
	}
	return t
}

func checkFunction(L *lua.LState, n int) *lua.LFunction {
	fn, ok := L.Get(n).(*lua.LFunction)
	if !ok {
		typeError(L, n, "function")
	}
	return fn
}

// checkOption returns the index of a string argument among the known ones.
func checkOption(L *lua.LState, n int, def string, known ...string) int {
	s := optString(L, n, def)
	for i, k := range known {
		if s == k {
			return i
		}
	}
	argError(L, n, "invalid option '%s'", s)
	return 0
}

func pushString(L *lua.LState, s string) int {
	L.Push(lua.LString(s))
	return 1
}

func pushNumber(L *lua.LState, n float64) int {
	L.Push(lua.LNumber(n))
	return 1
}

func pushBool(L *lua.LState, b bool) int {
	L.Push(lua.LBool(b))
	return 1
}
