// Package inspect writes any Lua value as readable text, in the form of the
// widespread inspect.lua: keys sorted, sequences on one line, tables that
// appear more than once numbered.
package inspect

import (
	"fmt"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// maxDepth bounds nesting; what is deeper is written as {...}.
const maxDepth = 100

// String returns v as text. It does not call metamethods, so it may be used
// anywhere: an object is shown by its class and, if known, its Go String.
func String(v lua.LValue) string {
	p := printer{seen: map[*lua.LTable]int{}, ids: map[any]int{}, kinds: map[string]int{}}
	if t, ok := v.(*lua.LTable); ok {
		p.count(t, 0)
	}
	p.value(v, 0)
	return p.out.String()
}

type printer struct {
	out   strings.Builder
	seen  map[*lua.LTable]int // how often a table appears
	ids   map[any]int         // numbers given to tables, functions…
	kinds map[string]int      // the last number of each kind
}

// count finds the tables that appear more than once.
func (p *printer) count(t *lua.LTable, depth int) {
	p.seen[t]++
	if p.seen[t] > 1 || depth > maxDepth {
		return
	}
	t.ForEach(func(k, v lua.LValue) {
		for _, x := range []lua.LValue{k, v} {
			if x, ok := x.(*lua.LTable); ok {
				p.count(x, depth+1)
			}
		}
	})
	if mt, ok := t.Metatable.(*lua.LTable); ok {
		p.count(mt, depth+1)
	}
}

func (p *printer) value(v lua.LValue, depth int) {
	switch v := v.(type) {
	case lua.LString:
		p.out.WriteString(quote(string(v)))
	case *lua.LTable:
		p.table(v, depth)
	case *lua.LUserData:
		p.out.WriteString(p.object(v))
	case *lua.LFunction, *lua.LState, lua.LChannel:
		kind := v.Type().String()
		id, _ := p.id(kind, v)
		fmt.Fprintf(&p.out, "<%s %d>", kind, id)
	default:
		p.out.WriteString(v.String())
	}
}

// id numbers the things of a kind in the order of their appearance.
func (p *printer) id(kind string, v any) (id int, known bool) {
	if id, known = p.ids[v]; !known {
		p.kinds[kind]++
		id = p.kinds[kind]
		p.ids[v] = id
	}
	return id, known
}

// object shows userdata: <address 127.0.0.1:628>, <mail>, <userdata 1>.
func (p *printer) object(ud *lua.LUserData) string {
	name := ""
	if mt, ok := ud.Metatable.(*lua.LTable); ok {
		if s, ok := mt.RawGetString("__name").(lua.LString); ok {
			name = string(s)
		}
	}
	text, isText := ud.Value.(fmt.Stringer)
	switch {
	case name != "" && isText:
		return fmt.Sprintf("<%s %s>", name, text)
	case name != "":
		return "<" + name + ">"
	}
	id, _ := p.id("userdata", ud)
	return fmt.Sprintf("<userdata %d>", id)
}

func (p *printer) table(t *lua.LTable, depth int) {
	if p.seen[t] > 1 {
		id, known := p.id("table", t)
		if known {
			fmt.Fprintf(&p.out, "<table %d>", id)
			return
		}
		fmt.Fprintf(&p.out, "<%d>", id)
	}
	if depth > maxDepth {
		p.out.WriteString("{...}")
		return
	}
	length := sequence(t)
	keys := otherKeys(t, length)
	mt, hasMeta := t.Metatable.(*lua.LTable)
	if length == 0 && len(keys) == 0 && !hasMeta {
		p.out.WriteString("{}")
		return
	}
	p.out.WriteByte('{')
	separator := " "
	for i := 1; i <= length; i++ {
		p.out.WriteString(separator)
		p.value(t.RawGetInt(i), depth+1)
		separator = ", "
	}
	p.fields(t, keys, length > 0, depth)
	if hasMeta {
		p.field("<metatable>", mt, length+len(keys) > 0, depth)
	}
	if len(keys) > 0 || hasMeta {
		p.newline(depth)
	} else {
		p.out.WriteByte(' ')
	}
	p.out.WriteByte('}')
}

func (p *printer) fields(t *lua.LTable, keys []lua.LValue, comma bool, depth int) {
	for _, k := range keys {
		p.field(p.key(k, depth), t.RawGet(k), comma, depth)
		comma = true
	}
}

func (p *printer) field(name string, v lua.LValue, comma bool, depth int) {
	if comma {
		p.out.WriteByte(',')
	}
	p.newline(depth + 1)
	p.out.WriteString(name + " = ")
	p.value(v, depth+1)
}

func (p *printer) newline(depth int) {
	p.out.WriteByte('\n')
	p.out.WriteString(strings.Repeat("  ", depth))
}

// key writes a key: name, ["not a name"], [1.5], [<table 1>].
func (p *printer) key(k lua.LValue, depth int) string {
	if s, ok := k.(lua.LString); ok && isName(string(s)) {
		return string(s)
	}
	outer := p.out
	p.out = strings.Builder{}
	p.value(k, depth+1)
	text := p.out.String()
	p.out = outer
	return "[" + text + "]"
}

// sequence returns how many of the keys 1, 2, 3… a table has.
func sequence(t *lua.LTable) int {
	n := 0
	for t.RawGetInt(n+1) != lua.LNil {
		n++
	}
	return n
}

// otherKeys returns the keys beyond the sequence: numbers, strings, others.
func otherKeys(t *lua.LTable, length int) []lua.LValue {
	var keys []lua.LValue
	t.ForEach(func(k, _ lua.LValue) {
		if n, ok := k.(lua.LNumber); !ok || float64(n) != float64(int(n)) || n < 1 || int(n) > length {
			keys = append(keys, k)
		}
	})
	slices.SortStableFunc(keys, compareKeys)
	return keys
}

func compareKeys(a, b lua.LValue) int {
	if a.Type() != b.Type() {
		return rank(a) - rank(b)
	}
	switch a := a.(type) {
	case lua.LNumber:
		return compareNumbers(a, b.(lua.LNumber))
	case lua.LString:
		return strings.Compare(string(a), string(b.(lua.LString)))
	}
	return 0
}

func compareNumbers(a, b lua.LNumber) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// rank orders keys of different types.
func rank(v lua.LValue) int {
	order := []lua.LValueType{lua.LTNumber, lua.LTBool, lua.LTString, lua.LTTable, lua.LTFunction, lua.LTThread, lua.LTUserData}
	return slices.Index(order, v.Type())
}

var keywords = []string{
	"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
	"local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && !slices.Contains(keywords, s)
}

// quote writes a string that Lua reads back. It uses single quotes if that
// saves escapes.
func quote(s string) string {
	q := byte('"')
	if strings.Contains(s, `"`) && !strings.Contains(s, "'") {
		q = '\''
	}
	var b strings.Builder
	b.WriteByte(q)
	for i := range len(s) {
		c := s[i]
		switch {
		case c == q || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < ' ' || c == 127:
			fmt.Fprintf(&b, `\%03d`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte(q)
	return b.String()
}
