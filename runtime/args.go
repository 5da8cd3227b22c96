package runtime

import (
	"fmt"
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/dialect"
)

// Argument checks for functions that are called from Lua. Each raises an error
// that names the function and the argument. n counts from 1; in a method,
// argument 1 is the object itself and not counted in messages.

// NArgs raises unless the function was called with min to max arguments, the
// object of a method not counted. A negative max means any number.
func NArgs(L *lua.LState, min, max int) {
	n := L.GetTop()
	if isMethod(funcName(L)) {
		n--
	}
	if n >= min && (max < 0 || n <= max) {
		return
	}
	raise(L, "%s: expected %s, got %d", funcName(L), countText(min, max), n)
}

func countText(min, max int) string {
	switch {
	case max < 0:
		return fmt.Sprintf("at least %s", argumentsText(min))
	case max == 0:
		return "no arguments"
	case min == max:
		return argumentsText(min)
	}
	return fmt.Sprintf("%d to %s", min, argumentsText(max))
}

func argumentsText(n int) string {
	if n == 1 {
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", n)
}

func isMethod(name string) bool { return strings.Contains(name, ":") }

// ArgError raises "bad argument #n to 'function' (message)".
func ArgError(L *lua.LState, n int, format string, args ...any) {
	name, message := funcName(L), fmt.Sprintf(format, args...)
	if isMethod(name) {
		n--
		if n == 0 {
			raise(L, "calling '%s' on bad self (%s)", name, message)
		}
	}
	raise(L, "bad argument #%d to '%s' (%s)", n, name, message)
}

// typeError raises that argument n is not a want.
func typeError(L *lua.LState, n int, want string) {
	got := "no value"
	if n <= L.GetTop() {
		got = TypeName(L.Get(n))
	}
	ArgError(L, n, "%s expected, got %s", want, got)
}

// TypeName returns the type of v as errors name it: the class of an object.
func TypeName(v lua.LValue) string {
	if ud, ok := v.(*lua.LUserData); ok {
		if mt, ok := ud.Metatable.(*lua.LTable); ok {
			if name, ok := mt.RawGetString("__name").(lua.LString); ok {
				return string(name)
			}
		}
	}
	return v.Type().String()
}

// raise raises an error with the position of the Lua code that called the
// function, if it was Lua code.
func raise(L *lua.LState, format string, args ...any) {
	L.Error(lua.LString(dialect.Where(L, 1)+fmt.Sprintf(format, args...)), 0)
}

// Raise raises an error that begins with the function's name.
func Raise(L *lua.LState, format string, args ...any) {
	raise(L, "%s: %s", funcName(L), fmt.Sprintf(format, args...))
}

// String returns argument n, which must be a string or a number; of a number it
// returns the text that tostring would.
func String(L *lua.LState, n int) string {
	text, ok := Text(L.Get(n))
	if !ok {
		typeError(L, n, "string")
	}
	return text
}

// Text returns v, which must be a string or a number, as Lua prints it.
func Text(v lua.LValue) (text string, ok bool) {
	switch v := v.(type) {
	case lua.LString:
		return string(v), true
	case lua.LNumber:
		return dialect.FormatNumber(float64(v)), true
	}
	return "", false
}

// OptString is String; an absent or nil argument is def.
func OptString(L *lua.LState, n int, def string) string {
	if L.Get(n) == lua.LNil {
		return def
	}
	return String(L, n)
}

// Number returns argument n, which must be a number or a string that tonumber
// would take for one.
func Number(L *lua.LState, n int) float64 {
	switch v := L.Get(n).(type) {
	case lua.LNumber:
		return float64(v)
	case lua.LString:
		if f, ok := dialect.ParseNumber(string(v)); ok {
			return f
		}
	}
	typeError(L, n, "number")
	return 0
}

// OptNumber is Number; an absent or nil argument is def.
func OptNumber(L *lua.LState, n int, def float64) float64 {
	if L.Get(n) == lua.LNil {
		return def
	}
	return Number(L, n)
}

// Int returns argument n, which must be a whole number from min to max.
func Int(L *lua.LState, n int, min, max int64) int64 {
	f := Number(L, n)
	if f != math.Trunc(f) || f < float64(min) || f > float64(max) {
		ArgError(L, n, "whole number from %d to %d expected, got %s", min, max, lua.LNumber(f))
	}
	return int64(f)
}

// Table returns argument n, which must be a table.
func Table(L *lua.LState, n int) *lua.LTable {
	t, ok := L.Get(n).(*lua.LTable)
	if !ok {
		typeError(L, n, "table")
	}
	return t
}

// OptTable is Table; an absent or nil argument is nil.
func OptTable(L *lua.LState, n int) *lua.LTable {
	if L.Get(n) == lua.LNil {
		return nil
	}
	return Table(L, n)
}

// Function returns argument n, which must be a function.
func Function(L *lua.LState, n int) *lua.LFunction {
	fn, ok := L.Get(n).(*lua.LFunction)
	if !ok {
		typeError(L, n, "function")
	}
	return fn
}

func checkThread(L *lua.LState, n int) *lua.LState {
	th, ok := L.Get(n).(*lua.LState)
	if !ok {
		typeError(L, n, "coroutine")
	}
	return th
}

// arguments returns all arguments from the nth on.
func arguments(L *lua.LState, n int) []lua.LValue {
	args := make([]lua.LValue, 0, max(L.GetTop()-n+1, 0))
	for i := n; i <= L.GetTop(); i++ {
		args = append(args, L.Get(i))
	}
	return args
}

// Results pushes all values and returns their number.
func Results(L *lua.LState, values ...lua.LValue) int {
	for _, v := range values {
		L.Push(v)
	}
	return len(values)
}

// Fail pushes nil and the text of err, the form in which failures of the world
// are returned to scripts, and returns 2.
func Fail(L *lua.LState, err error) int {
	L.Push(lua.LNil)
	L.Push(lua.LString(err.Error()))
	return 2
}
