package pg

import (
	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
)

func (m *module) resultMethods() []runtime.Func {
	return []runtime.Func{
		{Name: "fetch", Fn: m.fetch,
			Sig: "result:fetch([table [, 'a' | 'n']]) -> table | nothing",
			Doc: "Fills the table, or a new one, with the values of the next row and returns it: by column name ('a', the default) or by position ('n'). Returns nothing after the last row. Values are strings, NULL is nil."},
		{Name: "rows", Fn: m.rows,
			Sig: "result:rows(['a' | 'n']) -> iterator",
			Doc: "Returns an iterator over the rows that were not fetched yet, each a new table."},
	}
}

// result:fetch([table [, mode]]) -> table | nothing
//
// Compat: after the last row the arguments are not looked at, and further ones
// never are.
func (m *module) fetch(L *lua.LState) int {
	r := m.result.Check(L, 1)
	if r.next >= len(r.rows) {
		return 0
	}
	t := runtime.OptTable(L, 2)
	byName := fetchMode(L, 3)
	if t == nil {
		t = newRow(L, r, byName)
	}
	r.fill(t, byName)
	L.Push(t)
	return 1
}

// result:rows([mode]) -> iterator
func (m *module) rows(L *lua.LState) int {
	r := m.result.Check(L, 1)
	runtime.NArgs(L, 0, 1)
	byName := fetchMode(L, 2)
	L.Push(L.NewFunction(func(L *lua.LState) int {
		if r.next >= len(r.rows) {
			return 0
		}
		t := newRow(L, r, byName)
		r.fill(t, byName)
		L.Push(t)
		return 1
	}))
	return 1
}

// #result
func (m *module) length(L *lua.LState) int {
	L.Push(lua.LNumber(len(m.result.Check(L, 1).rows)))
	return 1
}

// fetchMode reads argument n, 'a' for true or 'n'.
func fetchMode(L *lua.LState, n int) (byName bool) {
	switch mode := runtime.OptString(L, n, "a"); mode {
	case "a":
		return true
	case "n":
		return false
	default:
		runtime.ArgError(L, n, "Bad mode %q ('a' or 'n' expected)", mode)
		return false
	}
}

func newRow(L *lua.LState, r *result, byName bool) *lua.LTable {
	if byName {
		return L.CreateTable(0, len(r.columns))
	}
	return L.CreateTable(len(r.columns), 0)
}

// fill puts the values of the next row, which there must be, into t. NULL
// removes what was there.
func (r *result) fill(t *lua.LTable, byName bool) {
	row, _ := r.fetch()
	for i, column := range r.columns {
		value := lua.LValue(lua.LNil)
		if v := row.value(); !v.null {
			value = lua.LString(v.s)
		}
		if byName {
			t.RawSetString(column, value)
		} else {
			t.RawSetInt(i+1, value)
		}
	}
}
