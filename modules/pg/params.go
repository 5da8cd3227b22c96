package pg

import (
	"fmt"
	"math"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
)

// queryOf returns what arguments n and n+1 ask for: an SQL text and a table of
// parameters, which may be absent. The error is one of a parameter.
func queryOf(L *lua.LState, n int) (query, error) {
	q := query{sql: runtime.String(L, n)}
	t := runtime.OptTable(L, n+1)
	if t == nil {
		return q, nil
	}
	q.extended = true
	size, err := sequenceLength(t, false)
	if err != nil {
		return q, err
	}
	q.params = make([]text, size)
	for i := range q.params {
		if q.params[i], err = textOf(t.RawGetInt(i + 1)); err != nil {
			return q, fmt.Errorf("parameter %d: %w", i+1, err)
		}
	}
	return q, nil
}

// maxGap bounds how much longer than its number of values a sequence may be:
// a single value at a huge index is a mistake.
const maxGap = maxParameters

// sequenceLength returns the highest index of a sequence, which may have
// holes, or its field n if that is higher, as table.pack sets it. Other keys
// are ignored unless strict.
func sequenceLength(t *lua.LTable, strict bool) (int, error) {
	var err error
	highest, count := 0.0, 0.0
	t.ForEach(func(key, value lua.LValue) {
		index, ok := key.(lua.LNumber)
		if key == lua.LString("n") {
			index, ok = value.(lua.LNumber)
		}
		f := float64(index)
		switch {
		case ok && f == math.Trunc(f) && f >= 1:
			highest = max(highest, f)
			count++
		case strict && key != lua.LString("n"):
			err = fmt.Errorf("the table must be a sequence, but has the key %s", key)
		}
	})
	if err == nil && highest > count+maxGap {
		err = fmt.Errorf("there are %v values, but the highest index is %s", count, formatNumber(highest))
	}
	return int(min(highest, math.MaxInt32)), err
}

// textOf returns the text form of a Lua value.
func textOf(v lua.LValue) (text, error) {
	switch v := v.(type) {
	case *lua.LNilType:
		return text{null: true}, nil
	case lua.LString:
		return text{s: string(v)}, nil
	case lua.LNumber:
		return text{s: formatNumber(float64(v))}, nil
	case lua.LBool:
		if v { // Compat: understood by integer types, too
			return text{s: "1"}, nil
		}
		return text{s: "0"}, nil
	}
	return text{}, fmt.Errorf("unsupported type %s (nil, boolean, number or string expected)", runtime.TypeName(v))
}

// pg:encode_array(table) -> string
func (m *module) encodeArray(L *lua.LState) int {
	checkModule(L, "pg:encode_array(table)")
	runtime.NArgs(L, 1, 1)
	t := runtime.Table(L, 2)
	size, err := sequenceLength(t, true)
	if err != nil {
		runtime.ArgError(L, 2, "%v", err)
	}
	elements := make([]text, size)
	for i := range elements {
		if elements[i], err = textOf(t.RawGetInt(i + 1)); err != nil {
			runtime.ArgError(L, 2, "element %d: %v", i+1, err)
		}
	}
	L.Push(lua.LString(encodeArray(elements)))
	return 1
}

// pg:decode_array(string) -> table
func (m *module) decodeArray(L *lua.LState) int {
	checkModule(L, "pg:decode_array(string)")
	runtime.NArgs(L, 1, 1)
	elements, err := decodeArray(runtime.String(L, 2))
	if err != nil {
		runtime.ArgError(L, 2, "%v", err)
	}
	t := L.CreateTable(len(elements), 0)
	holes := false
	for i, e := range elements {
		if e.null {
			holes = true
		} else {
			t.RawSetInt(i+1, lua.LString(e.s))
		}
	}
	if holes {
		t.RawSetString("n", lua.LNumber(len(elements)))
	}
	L.Push(t)
	return 1
}
