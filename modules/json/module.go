package json

import (
	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
)

// Module returns the Lua module.
func Module() runtime.Module {
	funcs := []runtime.Func{
		{Name: "dump", Fn: dump,
			Sig: "json.dump(value) -> text",
			Doc: "Writes a value as JSON, objects with sorted members. Raises for what JSON cannot express and says where it is: functions, NaN, invalid UTF-8, holes in arrays, other keys than 1 to n or strings, cycles."},
		{Name: "parse", Fn: parse,
			Sig: "json.parse(text) -> value | nil, err",
			Doc: "Reads a JSON text. null is nil, inside tables json.null; arrays stay arrays when they are dumped again. The error says where the text is wrong."},
		{Name: "array", Fn: array,
			Sig: "json.array(table) -> table",
			Doc: "Marks a table as an array, also while it is empty, and returns it. Raises if the table has another metatable."},
	}
	return runtime.Module{
		Name:  "json",
		Doc:   "JSON texts from Lua values and back.",
		Funcs: funcs,
		Values: []runtime.Value{
			{Name: "json.null", Type: "userdata", Doc: "Stands for null inside tables, where nil cannot be. It is not nil: a condition takes it for true."},
		},
		Open: func(rt *runtime.Runtime, L *lua.LState) lua.LValue {
			t := rt.NewTable(L, "json", funcs)
			t.RawSetString("null", Null(L))
			return t
		},
	}
}

// usualText is the size in bytes to begin with: most texts fit, or nearly.
const usualText = 512

// json.dump(value) -> text
func dump(L *lua.LState) int {
	runtime.NArgs(L, 1, 1)
	text, err := Append(make([]byte, 0, usualText), L.Get(1))
	if err != nil {
		runtime.Raise(L, "%s", err)
	}
	L.Push(lua.LString(text))
	return 1
}

// json.parse(text) -> value | nil, err
func parse(L *lua.LState) int {
	runtime.NArgs(L, 1, 1)
	v, err := Parse(L, runtime.String(L, 1))
	if err != nil {
		return runtime.Fail(L, err)
	}
	L.Push(v)
	return 1
}

// json.array(table) -> table
func array(L *lua.LState) int {
	runtime.NArgs(L, 1, 1)
	t, mt := runtime.Table(L, 1), arrayMetatable(L)
	if t.Metatable != lua.LNil && t.Metatable != mt {
		runtime.ArgError(L, 1, "table without metatable expected")
	}
	t.Metatable = mt
	L.Push(t)
	return 1
}
