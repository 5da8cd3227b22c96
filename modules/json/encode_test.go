package json

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"
	luajson "layeh.com/gopher-json"
)

// eval returns the value of a Lua expression; json.null and json.array are there.
func eval(t testing.TB, L *lua.LState, expr string) lua.LValue {
	t.Helper()
	module := L.NewTable()
	module.RawSetString("null", Null(L))
	module.RawSetString("array_mt", arrayMetatable(L))
	L.SetGlobal("json", module)
	if err := L.DoString("return " + expr); err != nil {
		t.Fatal(err)
	}
	return L.Get(-1)
}

func TestAppend(t *testing.T) {
	L := newState(t)
	for _, c := range []struct{ expr, want string }{
		{`nil`, `null`}, {`true`, `true`}, {`false`, `false`}, {`json.null`, `null`},
		{`0`, `0`}, {`-0`, `0`}, {`42`, `42`}, {`-1`, `-1`}, {`1.5`, `1.5`}, {`0.1`, `0.1`},
		{`2^53`, `9007199254740992`}, {`-2^53`, `-9007199254740992`}, {`1e15`, `1000000000000000`}, {`2^63`, `9223372036854776000`},
		{`1e21`, `1e+21`}, {`1e-7`, `1e-7`}, {`1.5e-10`, `1.5e-10`}, {`1e100`, `1e+100`}, {`1e-100`, `1e-100`}, {`0.000001`, `0.000001`}, {`1/3`, `0.3333333333333333`},
		{`"a\"b\\c/"`, `"a\"b\\c/"`}, {`"\b\f\n\r\t\0"`, `"\b\f\n\r\t\u0000"`}, {`"\1\11\31\127"`, `"\u0001\u000b\u001f` + "\x7f" + `"`},
		{`"<script>&'"`, `"<script>&'"`}, {`"\226\128\168"`, "\"\u2028\""},
		{`{}`, `{}`}, {`{1,2,3}`, `[1,2,3]`}, {`{{}}`, `[{}]`}, {`{x=42,y="z"}`, `{"x":42,"y":"z"}`},
		{`{b=1,a=2,B=3,[""]=4,["1"]=5}`, `{"":4,"1":5,"B":3,"a":2,"b":1}`},
		{`setmetatable({}, json.array_mt)`, `[]`}, {`setmetatable({1}, json.array_mt)`, `[1]`},
		{`{1, json.null, 3}`, `[1,null,3]`}, {`{a=json.null}`, `{"a":null}`},
		{`setmetatable({a=1}, {__index={b=2}, __tostring=error, __pairs=error, __len=error})`, `{"a":1}`},
		{`(function() local t = {1}; return {t, t, a=nil} end)()`, `[[1],[1]]`},
		{`(function() local t = {x=1, y=2}; t.x = nil; return t end)()`, `{"y":2}`},
		{`(function() local t = {1, 2}; t[2] = nil; return t end)()`, `[1]`},
		{`(function() local t = {x=1}; t.x = nil; return t end)()`, `{}`},
		{`(function() local t = {x=1}; t.x = nil; t[1] = 1; return t end)()`, `[1]`},
	} {
		if got, err := Append(nil, eval(t, L, c.expr)); err != nil || string(got) != c.want {
			t.Errorf("Append(%s) = %s, %v, want %s", c.expr, got, err, c.want)
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	const keys = ": a table is an array with the keys 1 to n without holes, or an object with strings as keys"
	L := newState(t)
	for _, c := range []struct{ expr, err string }{
		{`0/0`, `JSON has no number for NaN`}, {`{1/0}`, `JSON has no number for +Inf at [1]`}, {`{a=-1/0}`, `JSON has no number for -Inf at .a`},
		{`print`, `cannot encode function to JSON`}, {`{a={1,2,print}}`, `cannot encode function to JSON at .a[3]`},
		{`coroutine.create(print)`, `cannot encode thread to JSON`},
		{`"\255"`, `string with invalid UTF-8 at byte 1`}, {`{a="xy\195"}`, `string with invalid UTF-8 at byte 3 at .a`},
		{`{["a\255"]=1}`, `string with invalid UTF-8 at byte 2 at ["a\xff"]`}, {`"\237\160\128"`, `string with invalid UTF-8 at byte 1`},
		{`{1,2,x=3}`, `key "x" in an array` + keys}, {`{a={[0]="a"}}`, `key 0 in an object` + keys + ` at .a`},
		{`{[-1]="a"}`, `key -1 in an object` + keys}, {`{[1.5]="a"}`, `key 1.5 in an object` + keys}, {`{[1e15]="a"}`, `key 1000000000000000 in an object` + keys},
		{`{[true]=1}`, `key true in an object` + keys}, {`{[{}]=1}`, `key a table in an object` + keys}, {`{1,[{}]=1}`, `key a table in an array` + keys},
		{`{[1]="a",[3]="c"}`, `hole in an array of 3 elements; json.null stands for null at [2]`},
		{`setmetatable({x=1}, json.array_mt)`, `key "x" in an array` + keys},
		{`(function() local t = {} t.t = t return t end)()`, `table contains itself at .t`},
		{`(function() local t = {} t[1] = {a={t}} return t end)()`, `table contains itself at [1].a[1]`},
		{`{["odd key"]={print}}`, `cannot encode function to JSON at ["odd key"][1]`},
		{`{[("x"):rep(50)]=print}`, `cannot encode function to JSON at ["` + strings.Repeat("x", 40) + `"…]`},
	} {
		if got, err := Append(nil, eval(t, L, c.expr)); err == nil || err.Error() != c.err {
			t.Errorf("Append(%s) = %s, error:\n got %v\nwant %s", c.expr, got, err, c.err)
		}
	}
}

func TestAppendKeepsPrefix(t *testing.T) {
	if got, err := Append([]byte("x="), lua.LNumber(1)); err != nil || string(got) != "x=1" {
		t.Errorf("Append = %s, %v", got, err)
	}
}

func TestAppendDepth(t *testing.T) {
	L := newState(t)
	deep := func(n int, bottom lua.LValue) *lua.LTable {
		t := L.NewTable()
		t.RawSetString("x", bottom)
		for range n - 1 {
			outer := L.NewTable()
			outer.RawSetString("x", t)
			t = outer
		}
		return t
	}
	if _, err := Append(nil, deep(maxDepth, lua.LNil)); err != nil {
		t.Errorf("%d levels: %v", maxDepth, err)
	}
	_, err := Append(nil, deep(maxDepth+1, lua.LNil))
	want := "more than 10000 tables inside each other at .x.x.x.x.x.x.x.x….x.x.x.x.x.x.x.x"
	if err == nil || err.Error() != want {
		t.Errorf("%d levels: %v, want %s", maxDepth+1, err, want)
	}
	// A cycle is found however long it is.
	outermost := deep(1, lua.LNil)
	outermost.RawSetString("x", deep(maxDepth-2, outermost))
	if _, err := Append(nil, outermost); err == nil || !strings.HasPrefix(err.Error(), "table contains itself at") {
		t.Errorf("long cycle: %v", err)
	}
}

// A table of a few dozen tables can stand for any amount of text, and so can one string.
func TestAppendLimitsOutput(t *testing.T) {
	L := newState(t)
	v := eval(t, L, `(function() local t = ("x"):rep(1000) for i = 1, 60 do t = {t, t} end return t end)()`)
	if _, err := Append(nil, v); err == nil || !strings.HasPrefix(err.Error(), "JSON text of more than 67108864 bytes at [1]") {
		t.Errorf("Append: %v", err)
	}
	e := encoder{limit: 10_000}
	v = eval(t, L, `(function() local s, t = ("x"):rep(1000), {} for i = 1, 100 do t[i] = s end return t end)()`)
	if err := e.value(v); err == nil || err.Error() != "JSON text of more than 67108864 bytes at [11]" {
		t.Errorf("one string that is used often: %v", err)
	}
}

func TestPathOfForeignError(t *testing.T) {
	foreign := errors.New("foreign")
	if err := index(field(foreign, "a"), 1); err != foreign {
		t.Errorf("got %v", err)
	}
}

// Any string and number comes back, and gopher-json reads what Append writes.
func FuzzAppend(f *testing.F) {
	f.Add("hello", "key", 1.5)
	f.Add("\x00\x1f\"\\/\u2028", "", -0.1)
	f.Add("\xff", "\xff", math.MaxFloat64)
	f.Add("😀", "1", 1<<53+2.0)
	f.Add("", "", math.Inf(1))
	f.Fuzz(func(t *testing.T, s, key string, n float64) {
		L := newState(t)
		table := L.NewTable()
		table.RawSetString(key, lua.LString(s))
		table.RawSetString(key+"n", lua.LNumber(n))
		text, err := Append(nil, table)
		if valid := utf8.ValidString(s) && utf8.ValidString(key) && !math.IsNaN(n) && !math.IsInf(n, 0); valid != (err == nil) {
			t.Fatalf("Append(%q, %q, %v): %v", key, s, n, err)
		}
		if err != nil {
			return
		}
		for name, parse := range map[string]func(*lua.LState, string) (lua.LValue, error){"Parse": Parse, "gopher-json": decode} {
			v, err := parse(L, string(text))
			if err != nil {
				t.Fatalf("%s(%s): %v", name, text, err)
			}
			got := v.(*lua.LTable)
			if got.RawGetString(key) != lua.LString(s) || got.RawGetString(key+"n") != lua.LNumber(n) {
				t.Fatalf("%s(%s) lost %q, %q or %s", name, text, key, s, strconv.FormatFloat(n, 'g', -1, 64))
			}
		}
	})
}

func decode(L *lua.LState, text string) (lua.LValue, error) {
	return luajson.Decode(L, []byte(text))
}
