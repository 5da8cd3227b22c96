package dialect

import (
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// maxString is the longest string that a function of ours makes, in bytes. A
// script that doubles a string in a loop gets an error; an out of memory
// condition would end the process.
const maxString = 1 << 28

// concatValues (a, b, …) is a .. b .. …, which associates to the right. An
// argument may be a group of operands.
func concatValues(L *lua.LState) int {
	if s, ok := joinTexts(L); ok {
		L.Push(s)
		return 1
	}
	var operands []lua.LValue
	for i := 1; i <= L.GetTop(); i++ {
		v := L.Get(i)
		if ud, ok := v.(*lua.LUserData); ok {
			if g, ok := ud.Value.(operandGroup); ok {
				operands = append(operands, g...)
				continue
			}
		}
		operands = append(operands, v)
	}
	L.Push(concatSlowly(L, operands))
	return 1
}

// operandGroup is a part of a long chain in which a metamethod may be needed.
type operandGroup []lua.LValue

// groupValues (a, b, …) is a .. b .. … if all are strings and numbers, and else
// a group for concatValues.
func groupValues(L *lua.LState) int {
	if s, ok := joinTexts(L); ok {
		L.Push(s)
		return 1
	}
	g := make(operandGroup, L.GetTop())
	for i := range g {
		g[i] = L.Get(i + 1)
	}
	L.Push(&lua.LUserData{Value: g, Metatable: lua.LNil})
	return 1
}

// joinTexts joins the arguments if all are strings and numbers.
func joinTexts(L *lua.LState) (lua.LString, bool) {
	top := L.GetTop()
	size := 0
	for i := 1; i <= top; i++ {
		switch v := L.Get(i).(type) {
		case lua.LString:
			size += len(v)
		case lua.LNumber:
			size += 24
		default:
			return "", false
		}
	}
	checkSize(L, size)
	var b strings.Builder
	b.Grow(size)
	var number [32]byte
	for i := 1; i <= top; i++ {
		switch v := L.Get(i).(type) {
		case lua.LString:
			b.WriteString(string(v))
		case lua.LNumber:
			b.Write(AppendNumber(number[:0], float64(v)))
		}
	}
	return lua.LString(b.String()), true
}

func checkSize(L *lua.LState, size int) {
	if size > maxString {
		raise(L, "string length overflow (limit is %d bytes)", maxString)
	}
}

// concatSlowly joins values of which some need a metamethod.
func concatSlowly(L *lua.LState, operands []lua.LValue) lua.LValue {
	last := len(operands) - 1
	right := operands[last]
	for at, left := range slices.Backward(operands[:last]) {
		a, ok := text(left)
		b, ok2 := text(right)
		if ok && ok2 {
			checkSize(L, len(a)+len(b))
			right = lua.LString(a + b)
			continue
		}
		fn := L.GetMetaField(left, "__concat")
		if fn == lua.LNil {
			fn = L.GetMetaField(right, "__concat")
		}
		if fn != lua.LNil {
			right = call1(L, fn, left, right)
			continue
		}
		if ok { // the right one is to blame, which is no operand if it is a result
			left, at = right, at+1
		}
		if len(operands) != L.GetTop() || operands[at] != left {
			raise(L, "attempt to concatenate a %s value", left.Type())
		}
		raise(L, "attempt to concatenate %s", describeArgument(L, at+1))
	}
	return right
}

// text returns a string, or a number as one.
func text(v lua.LValue) (string, bool) {
	switch v := v.(type) {
	case lua.LString:
		return string(v), true
	case lua.LNumber:
		return FormatNumber(float64(v)), true
	}
	return "", false
}

// call1 calls fn and returns its first result.
func call1(L *lua.LState, fn lua.LValue, args ...lua.LValue) lua.LValue {
	checkCallable(L, fn)
	L.Push(fn)
	for _, arg := range args {
		L.Push(arg)
	}
	L.Call(len(args), 1)
	v := L.Get(-1)
	L.Pop(1)
	return v
}

// forNumber (v) checks a bound of a numeric for.
func forNumber(L *lua.LState, what string) int {
	n, ok := toNumber(L.Get(1))
	if !ok {
		raise(L, "'for' %s must be a number", what)
	}
	L.Push(lua.LNumber(n))
	return 1
}

// toNumber returns a number, or a string as one.
func toNumber(v lua.LValue) (float64, bool) {
	switch v := v.(type) {
	case lua.LNumber:
		return float64(v), true
	case lua.LString:
		return ParseNumber(string(v))
	}
	return 0, false
}
