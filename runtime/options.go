package runtime

import (
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// An OptionsTable is the last argument of functions that take {name = value}.
type OptionsTable struct {
	L     *lua.LState
	n     int
	table *lua.LTable
}

// Options returns argument n as a table of options. It may be absent or nil.
// Unknown names raise an error that lists the known ones.
func Options(L *lua.LState, n int, known ...string) *OptionsTable {
	o := &OptionsTable{L: L, n: n, table: OptTable(L, n)}
	if o.table == nil {
		return o
	}
	o.table.ForEach(func(key, _ lua.LValue) {
		if s, ok := key.(lua.LString); !ok || !slices.Contains(known, string(s)) {
			ArgError(L, n, "unknown option %s (known: %s)", quoteKey(key), strings.Join(known, ", "))
		}
	})
	return o
}

// Value returns an option, nil if it is absent.
func (o *OptionsTable) Value(name string) lua.LValue {
	if o.table == nil {
		return lua.LNil
	}
	return o.table.RawGetString(name)
}

// Has reports whether the option was given.
func (o *OptionsTable) Has(name string) bool { return o.Value(name) != lua.LNil }

// String returns a string option, def if it is absent.
func (o *OptionsTable) String(name, def string) string {
	switch v := o.Value(name).(type) {
	case *lua.LNilType:
		return def
	case lua.LString:
		return string(v)
	default:
		o.fail(name, "string", v)
		return ""
	}
}

// Number returns a number option, def if it is absent.
func (o *OptionsTable) Number(name string, def float64) float64 {
	switch v := o.Value(name).(type) {
	case *lua.LNilType:
		return def
	case lua.LNumber:
		return float64(v)
	default:
		o.fail(name, "number", v)
		return 0
	}
}

// Bool returns a boolean option, def if it is absent.
func (o *OptionsTable) Bool(name string, def bool) bool {
	switch v := o.Value(name).(type) {
	case *lua.LNilType:
		return def
	case lua.LBool:
		return bool(v)
	default:
		o.fail(name, "boolean", v)
		return false
	}
}

// Table returns a table option, nil if it is absent.
func (o *OptionsTable) Table(name string) *lua.LTable {
	switch v := o.Value(name).(type) {
	case *lua.LNilType:
		return nil
	case *lua.LTable:
		return v
	default:
		o.fail(name, "table", v)
		return nil
	}
}

// Error raises an error about the value of an option.
func (o *OptionsTable) Error(name, message string) {
	ArgError(o.L, o.n, "option %q: %s", name, message)
}

func (o *OptionsTable) fail(name, want string, got lua.LValue) {
	o.Error(name, want+" expected, got "+TypeName(got))
}
