package json

import lua "github.com/yuin/gopher-lua"

// What JSON knows and Lua does not: null inside a table, and arrays that are
// empty. Both exist once per virtual machine, in its registry.

const (
	nullName  = "json.null"
	arrayName = "json.array"

	// typeField in a metatable says what a table is in JSON; dkjson uses the same.
	typeField = "__jsontype"
	arrayType = lua.LString("array")
)

// null is the Go value inside json.null.
type null struct{}

// Null returns the machine's json.null.
func Null(L *lua.LState) *lua.LUserData {
	registry := L.G.Registry
	if ud, ok := registry.RawGetString(nullName).(*lua.LUserData); ok {
		return ud
	}
	mt := L.NewTable()
	mt.RawSetString("__name", lua.LString(nullName))
	mt.RawSetString("__metatable", lua.LString(nullName))
	mt.RawSetString("__tostring", L.NewFunction(func(L *lua.LState) int {
		L.Push(lua.LString("null"))
		return 1
	}))
	ud := &lua.LUserData{Value: null{}, Env: L.Env, Metatable: mt}
	registry.RawSetString(nullName, ud)
	return ud
}

func isNull(ud *lua.LUserData) bool {
	_, ok := ud.Value.(null)
	return ok
}

// arrayMetatable returns the metatable that marks a table as an array.
func arrayMetatable(L *lua.LState) *lua.LTable {
	registry := L.G.Registry
	if mt, ok := registry.RawGetString(arrayName).(*lua.LTable); ok {
		return mt
	}
	mt := L.NewTable()
	mt.RawSetString(typeField, arrayType)
	mt.RawSetString("__hidden", lua.LTrue) // from inspect
	registry.RawSetString(arrayName, mt)
	return mt
}

// IsArray reports whether t is marked as an array, which those that Parse returns are.
func IsArray(t *lua.LTable) bool {
	mt, ok := t.Metatable.(*lua.LTable)
	return ok && mt.RawGetString(typeField) == arrayType
}
