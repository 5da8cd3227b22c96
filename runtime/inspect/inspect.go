package inspect

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/dialect"
)

// MaxDepth is how deep tables are written if the options do not say; what is
// deeper appears as {...}.
const MaxDepth = 50

// Options says how much to write. The zero value is that of String.
type Options struct {
	// Depth is how many levels of tables are written; 0 means MaxDepth.
	Depth int
}

// String returns v as text.
func String(v lua.LValue) string { return Options{}.String(v) }

// String returns v as text.
func (o Options) String(v lua.LValue) string {
	if o.Depth <= 0 || o.Depth > MaxDepth {
		o.Depth = MaxDepth
	}
	w := writer{
		depth: o.Depth,
		times: appearances(v),
		ids:   map[lua.LValue]int{},
		last:  map[string]int{},
	}
	w.value(v)
	return w.out.String()
}

// appearances counts how often each table occurs in v.
func appearances(v lua.LValue) map[*lua.LTable]int {
	times := map[*lua.LTable]int{}
	open := []lua.LValue{v}
	for len(open) > 0 {
		t, ok := open[len(open)-1].(*lua.LTable)
		open = open[:len(open)-1]
		if !ok {
			continue
		}
		times[t]++
		if times[t] > 1 {
			continue
		}
		for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
			open = append(open, k, v)
		}
		if mt := metatable(t); mt != nil {
			open = append(open, mt)
		}
	}
	return times
}

// metatable is what getmetatable returns for a table, if that is a table. One with
// a true field __hidden is left out: a mark that a module puts on tables.
func metatable(t *lua.LTable) *lua.LTable {
	mt, _ := t.Metatable.(*lua.LTable)
	if mt == nil {
		return nil
	}
	if lua.LVAsBool(mt.RawGetString("__hidden")) {
		return nil
	}
	if protected := mt.RawGetString("__metatable"); protected != lua.LNil {
		mt, _ = protected.(*lua.LTable)
	}
	return mt
}

type writer struct {
	out   strings.Builder
	depth int
	level int
	times map[*lua.LTable]int
	ids   map[lua.LValue]int // numbers given so far
	last  map[string]int     // the last number of each kind
}

// id numbers values of a kind in the order in which they are written.
func (w *writer) id(kind string, v lua.LValue) int {
	id, known := w.ids[v]
	if !known {
		w.last[kind]++
		id = w.last[kind]
		w.ids[v] = id
	}
	return id
}

func (w *writer) value(v lua.LValue) {
	switch v := v.(type) {
	case lua.LString:
		w.out.WriteString(quote(string(v)))
	case lua.LNumber:
		w.out.WriteString(dialect.FormatNumber(float64(v)))
	case lua.LBool, *lua.LNilType:
		w.out.WriteString(v.String())
	case *lua.LTable:
		w.table(v)
	case *lua.LUserData:
		w.userdata(v)
	case nil:
		w.out.WriteString("nil")
	default:
		kind := v.Type().String()
		fmt.Fprintf(&w.out, "<%s %d>", kind, w.id(kind, v))
	}
}

// userdata shows the name of its class, and its text if the Go value has one.
func (w *writer) userdata(ud *lua.LUserData) {
	kind := "userdata"
	if mt, ok := ud.Metatable.(*lua.LTable); ok {
		if name, ok := mt.RawGetString("__name").(lua.LString); ok {
			kind = string(name)
		}
	}
	if s, ok := ud.Value.(fmt.Stringer); ok {
		fmt.Fprintf(&w.out, "<%s %s>", kind, escape(s.String()))
		return
	}
	fmt.Fprintf(&w.out, "<%s %d>", kind, w.id(kind, ud))
}

// table writes a table; one that occurs several times gets a number, and is
// written once.
func (w *writer) table(t *lua.LTable) {
	several := w.times[t] > 1
	if id, known := w.ids[t]; several && known {
		fmt.Fprintf(&w.out, "<table %d>", id)
		return
	}
	if w.level >= w.depth {
		w.out.WriteString("{...}")
		return
	}
	if several {
		fmt.Fprintf(&w.out, "<%d>", w.id("table", t))
	}
	w.fields(t)
}

func (w *writer) fields(t *lua.LTable) {
	length, keys := contents(t)
	w.out.WriteByte('{')
	w.level++
	first := true
	separate := func() {
		if !first {
			w.out.WriteByte(',')
		}
		first = false
	}
	for i := range length {
		separate()
		w.out.WriteByte(' ')
		w.value(t.RawGetInt(i + 1))
	}
	for _, k := range keys {
		separate()
		w.newline()
		w.key(k)
		w.out.WriteString(" = ")
		w.value(t.RawGet(k))
	}
	mt := metatable(t)
	if mt != nil {
		separate()
		w.newline()
		w.out.WriteString("<metatable> = ")
		w.value(mt)
	}
	w.level--
	switch {
	case len(keys) > 0 || mt != nil:
		w.newline()
	case length > 0:
		w.out.WriteByte(' ')
	}
	w.out.WriteByte('}')
}

func (w *writer) newline() {
	w.out.WriteByte('\n')
	for range w.level {
		w.out.WriteString("  ")
	}
}

func (w *writer) key(k lua.LValue) {
	if s, ok := k.(lua.LString); ok && isName(string(s)) {
		w.out.WriteString(string(s))
		return
	}
	w.out.WriteByte('[')
	w.value(k)
	w.out.WriteByte(']')
}
