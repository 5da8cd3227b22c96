package dialect

import (
	lua "github.com/yuin/gopher-lua"
)

var tostringFunction = goFunction(baseToString)

// tostring(v)
func baseToString(L *lua.LState) int {
	L.Push(toStringMeta(L, checkAny(L, 1)))
	return 1
}

// toStringMeta is tostring(v): the result of __tostring can be any value.
func toStringMeta(L *lua.LState, v lua.LValue) lua.LValue {
	if s, ok := v.(lua.LString); ok {
		return s
	}
	if fn := L.GetMetaField(v, "__tostring"); fn != lua.LNil {
		return call1(L, fn, v)
	}
	return lua.LString(plainString(L, v))
}

// plainString is v as a string without metamethods, but with __name of a
// metatable in place of the type.
func plainString(L *lua.LState, v lua.LValue) string {
	if s, ok := text(v); ok {
		return s
	}
	s := v.String()
	if t := v.Type(); t == lua.LTTable || t == lua.LTUserData {
		if name, ok := L.GetMetaField(v, "__name").(lua.LString); ok {
			return string(name) + s[len(t.String()):]
		}
	}
	return s
}

// print(…)
//
// It writes all values and the line end at once, each by the global tostring.
func (lib *library) print(L *lua.LState) int {
	top := L.GetTop()
	tostring := L.GetGlobal("tostring")
	var line []byte
	for i := 1; i <= top; i++ {
		if i > 1 {
			line = append(line, '\t')
		}
		var v lua.LValue
		if tostring == tostringFunction {
			v = toStringMeta(L, L.Get(i))
		} else {
			v = call1(L, tostring, L.Get(i))
		}
		s, ok := text(v)
		if !ok {
			raise(L, "'tostring' must return a string to 'print'")
		}
		line = append(line, s...)
	}
	lib.Stdout.Write(append(line, '\n')) // nobody to tell if it fails
	return 0
}

// tonumber(v [, base]) -> number | nil
func baseToNumber(L *lua.LState) int {
	base := optInt(L, 2, 10)
	v := checkAny(L, 1)
	if base == 10 {
		if n, ok := toNumber(v); ok {
			return pushNumber(L, n)
		}
		L.Push(lua.LNil)
		return 1
	}
	s := checkString(L, 1)
	if base < 2 || base > 36 {
		argError(L, 2, "base out of range")
	}
	if n, ok := parseInteger(s, base); ok {
		return pushNumber(L, n)
	}
	L.Push(lua.LNil)
	return 1
}
