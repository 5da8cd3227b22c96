package dialect

import (
	"runtime"
	"runtime/metrics"

	lua "github.com/yuin/gopher-lua"
)

// maxResults is how many values one function may return from a table or
// string.
const maxResults = 100000

func (lib *library) openBase(L *lua.LState) {
	g := L.G.Global
	setFunctions(L, g, map[string]lua.LGFunction{
		"assert":         baseAssert,
		"collectgarbage": baseCollectGarbage,
		"error":          baseError,
		"gcinfo":         baseGCInfo,
		"getfenv":        baseGetfenv,
		"getmetatable":   baseGetMetatable,
		"ipairs":         baseIpairs,
		"pairs":          basePairs,
		"pcall":          basePCall,
		"print":          lib.print,
		"rawequal":       baseRawEqual,
		"rawget":         baseRawGet,
		"rawlen":         baseRawLen,
		"rawset":         baseRawSet,
		"select":         baseSelect,
		"setfenv":        baseSetfenv,
		"setmetatable":   baseSetMetatable,
		"tonumber":       baseToNumber,
		"type":           baseType,
		"xpcall":         baseXPCall,
	})
	g.RawSetString("next", nextFunction)
	g.RawSetString("tostring", tostringFunction)
	g.RawSetString("unpack", unpackFunction)
	for _, extra := range []string{"_GOPHER_LUA_VERSION", "_printregs"} {
		g.RawSetString(extra, lua.LNil)
	}
	g.RawSetString("_VERSION", lua.LString("Lua 5.1"))
}

// assert(v [, message, …]) -> v, message, …
func baseAssert(L *lua.LState) int {
	if lua.LVAsBool(checkAny(L, 1)) {
		return L.GetTop()
	}
	if L.GetTop() < 2 {
		L.Error(lua.LString("assertion failed!"), 0)
	}
	L.Error(L.Get(2), 0)
	return 0
}

// error(value [, level])
func baseError(L *lua.LState) int {
	v := L.Get(1)
	level := optInt(L, 2, 1)
	if s, ok := text(v); ok && v.Type() == lua.LTString && level > 0 {
		v = lua.LString(Where(L, level) + s)
	}
	L.Error(v, 0)
	return 0
}

// Where is "chunk:line: " of the Lua function at a level of the stack, empty if
// a Go function runs there. Level 0 is the running function, level 1 the one
// that has called it; the levels are those of error and debug.getinfo.
func Where(L *lua.LState, level int) string {
	d, ok := frameAt(L, level)
	if !ok {
		return ""
	}
	if _, err := L.GetInfo("Sl", d, lua.LNil); err != nil || d.CurrentLine <= 0 {
		return ""
	}
	return d.Source + ":" + FormatNumber(float64(d.CurrentLine)) + ": "
}

// collectgarbage([option [, argument]])
//
// Go collects on its own: collect runs a collection, count tells the size of
// the process's heap, the rest is accepted and does nothing.
func baseCollectGarbage(L *lua.LState) int {
	switch checkOption(L, 1, "collect", "collect", "count", "step", "isrunning",
		"stop", "restart", "setpause", "setstepmul", "generational", "incremental") {
	case 0:
		runtime.GC()
		return pushNumber(L, 0)
	case 1:
		return pushNumber(L, heapKiB())
	case 2, 3:
		return pushBool(L, true)
	case 6, 7:
		return pushNumber(L, 200)
	}
	return pushNumber(L, 0)
}

func heapKiB() float64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return float64(sample[0].Value.Uint64()) / 1024
}

// gcinfo() -> KiB
func baseGCInfo(L *lua.LState) int { return pushNumber(L, float64(int(heapKiB()))) }

// getmetatable(v)
func baseGetMetatable(L *lua.LState) int {
	L.Push(L.GetMetatable(checkAny(L, 1)))
	return 1
}

// setmetatable(table, metatable) -> table
func baseSetMetatable(L *lua.LState) int {
	t := checkTable(L, 1)
	mt := L.Get(2)
	if mt.Type() != lua.LTTable && mt.Type() != lua.LTNil || L.GetTop() < 2 {
		argError(L, 2, "nil or table expected")
	}
	if L.GetMetaField(t, "__metatable") != lua.LNil {
		raise(L, "cannot change a protected metatable")
	}
	t.Metatable = mt
	L.Push(t)
	return 1
}

var (
	nextFunction   = goFunction(baseNext)
	unpackFunction = goFunction(baseUnpack)
	ipairsIterator = goFunction(ipairsNext)
)

// next(table [, key]) -> key, value
func baseNext(L *lua.LState) int {
	k, v, ok := partsOf(checkTable(L, 1)).next(L.Get(2))
	if !ok {
		L.Error(lua.LString("invalid key to 'next'"), 0)
	}
	if k == lua.LNil {
		L.Push(lua.LNil)
		return 1
	}
	L.Push(k)
	L.Push(v)
	return 2
}

// pairs(table) -> next, table, nil
func basePairs(L *lua.LState) int {
	t := checkTable(L, 1)
	L.Push(nextFunction)
	L.Push(t)
	L.Push(lua.LNil)
	return 3
}

// ipairs(table) -> iterator, table, 0
func baseIpairs(L *lua.LState) int {
	t := checkTable(L, 1)
	L.Push(ipairsIterator)
	L.Push(t)
	L.Push(lua.LNumber(0))
	return 3
}

func ipairsNext(L *lua.LState) int {
	i := checkInt(L, 2) + 1
	v := checkTable(L, 1).RawGetInt(i)
	if v == lua.LNil {
		return 0
	}
	L.Push(lua.LNumber(i))
	L.Push(v)
	return 2
}

// pcall(f, …) -> true, results | false, error
func basePCall(L *lua.LState) int {
	checkAny(L, 1)
	return protected(L, nil)
}

// xpcall(f, handler, …) -> true, results | false, result of the handler
func baseXPCall(L *lua.LState) int {
	checkAny(L, 1)
	handler := checkFunction(L, 2)
	L.Remove(2)
	return protected(L, handler)
}

func protected(L *lua.LState, handler *lua.LFunction) int {
	if err := PCall(L, L.GetTop()-1, lua.MultRet, handler); err != nil {
		L.Push(lua.LFalse)
		L.Push(errorObject(err))
		return 2
	}
	L.Insert(lua.LTrue, 1)
	return L.GetTop()
}

// errorObject is the value that was raised.
func errorObject(err error) lua.LValue {
	if e, ok := err.(*lua.ApiError); ok {
		return e.Object
	}
	return lua.LString(err.Error())
}

// rawequal(a, b)
func baseRawEqual(L *lua.LState) int { return pushBool(L, checkAny(L, 1) == checkAny(L, 2)) }

// rawget(table, key)
func baseRawGet(L *lua.LState) int {
	L.Push(checkTable(L, 1).RawGet(checkAny(L, 2)))
	return 1
}

// rawset(table, key, value) -> table
func baseRawSet(L *lua.LState) int {
	t := checkTable(L, 1)
	L.RawSet(t, checkAny(L, 2), checkAny(L, 3))
	if L.Get(3) == lua.LNil {
		removed(L, t)
	}
	L.Push(t)
	return 1
}

// rawlen(table | string)
func baseRawLen(L *lua.LState) int {
	switch v := L.Get(1).(type) {
	case *lua.LTable:
		return pushNumber(L, float64(v.Len()))
	case lua.LString:
		return pushNumber(L, float64(len(v)))
	}
	typeError(L, 1, "table or string")
	return 0
}

// select('#' | n, …)
func baseSelect(L *lua.LState) int {
	top := L.GetTop()
	if s, ok := L.Get(1).(lua.LString); ok && s == "#" {
		return pushNumber(L, float64(top-1))
	}
	n := checkInt(L, 1)
	switch {
	case n < 0:
		n += top
	case n > top:
		n = top
	}
	if n < 1 {
		argError(L, 1, "index out of range")
	}
	return top - n
}

// type(v)
func baseType(L *lua.LState) int { return pushString(L, checkAny(L, 1).Type().String()) }

// unpack(table [, i [, j]])
func baseUnpack(L *lua.LState) int {
	t := checkTable(L, 1)
	i := optInt(L, 2, 1)
	j := optInt(L, 3, t.Len())
	if i > j {
		return 0
	}
	n := j - i + 1
	if n <= 0 || n > maxResults {
		raise(L, "too many results to unpack")
	}
	top := L.GetTop()
	L.SetTop(top + n) // grow the stack once
	for k := range n {
		L.Replace(top+1+k, rawGetInt(t, i+k))
	}
	return n
}

// rawGetInt is t[i]; the method of the same name looks only at positive keys.
func rawGetInt(t *lua.LTable, i int) lua.LValue {
	if i >= 1 {
		if v := t.RawGetInt(i); v != lua.LNil {
			return v
		}
	}
	return t.RawGet(lua.LNumber(i))
}
