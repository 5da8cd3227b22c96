package inspect_test

import (
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/dialect"
	"qrelay/runtime/inspect"
)

// values are Lua expressions and what they look like.
var values = []struct{ name, expression, want string }{
	{"nil", "nil", "nil"},
	{"boolean", "true", "true"},
	{"number", "1.5", "1.5"},
	{"integer", "2^31", "2147483648"},
	{"infinity", "1/0", "inf"},
	{"string", "'text'", `"text"`},
	{"double quotes", `'say "hi"'`, `'say "hi"'`},
	{"both quotes", `'it\'s "it"'`, `"it's \"it\""`},
	{"control characters", `'a\nb\0c\0001\27\127\\'`, `"a\nb\0c\0001\27\127\\"`},
	{"UTF-8", "'grün'", `"grün"`},
	{"empty table", "{}", "{}"},
	{"array", "{1, 2, 3}", "{ 1, 2, 3 }"},
	{"object", "{x = 42, y = 'z'}", "{\n  x = 42,\n  y = \"z\"\n}"},
	{"both", "{'a', 'b', b = 1}", "{ \"a\", \"b\",\n  b = 1\n}"},
	{"nested", "{'a', {b = 1}}", "{ \"a\", {\n    b = 1\n  } }"},
	{"deeper", "{a = {b = {1, 2}}, c = {}}", "{\n  a = {\n    b = { 1, 2 }\n  },\n  c = {}\n}"},
	{"odd keys", "{['a b'] = 1, ['end'] = 2, [''] = 3, _x1 = 4, ['1x'] = 5}",
		"{\n  [\"\"] = 3,\n  [\"1x\"] = 5,\n  _x1 = 4,\n  [\"a b\"] = 1,\n  [\"end\"] = 2\n}"},
	{"order of keys", "{z = 1, a = 2, [10] = 3, [-1] = 4, [1.5] = 5, [true] = 6, [false] = 7}",
		"{\n  [-1] = 4,\n  [1.5] = 5,\n  [10] = 3,\n  [false] = 7,\n  [true] = 6,\n  a = 2,\n  z = 1\n}"},
	{"hole", "{1, nil, 3}", "{ 1,\n  [3] = 3\n}"},
	{"functions", "(function() local f = print return {f, type, f} end)()", "{ <function 1>, <function 2>, <function 1> }"},
	{"thread", "coroutine.create(print)", "<thread 1>"},
	{"userdata", "newproxy()", "<userdata 1>"},
	{"class", "io.stdout", "<FILE* 1>"},
	{"cycle", "(function() local t = {} t.self = t return t end)()", "<1>{\n  self = <table 1>\n}"},
	{"twice", "(function() local a, b = {1}, {} return {a, b, a, x = b} end)()",
		"{ <1>{ 1 }, <2>{}, <table 1>,\n  x = <table 2>\n}"},
	{"table as key", "{[{1}] = 2}", "{\n  [{ 1 }] = 2\n}"},
	{"metatable", "setmetatable({1}, {__index = print})", "{ 1,\n  <metatable> = {\n    __index = <function 1>\n  }\n}"},
	{"cycle of metatables", "(function() local a = {} a.__index = a a.owner = setmetatable({}, a) return setmetatable(a, a) end)()",
		"<1>{\n  __index = <table 1>,\n  owner = {\n    <metatable> = <table 1>\n  },\n  <metatable> = <table 1>\n}"},
	{"errors in metamethods", "setmetatable({}, {__tostring = function() error('x') end, __index = function() error('y') end})",
		"{\n  <metatable> = {\n    __index = <function 1>,\n    __tostring = <function 2>\n  }\n}"},
	{"only metatable", "setmetatable({}, {})", "{\n  <metatable> = {}\n}"},
	{"mark", "setmetatable({1}, {__hidden = true})", "{ 1 }"},
	{"mark of nothing", "setmetatable({}, {__hidden = true})", "{}"},
	{"protected metatable", "setmetatable({1}, {__metatable = 'secret'})", "{ 1 }"},
	{"no metamethods", "setmetatable({1}, {__metatable = false, __tostring = error, __len = error, __index = error, __pairs = error})", "{ 1 }"},
}

func newState(t *testing.T) *lua.LState {
	t.Helper()
	L := lua.NewState(lua.Options{SkipOpenLibs: true})
	t.Cleanup(L.Close)
	dialect.Open(L, dialect.Options{})
	return L
}

func eval(t *testing.T, L *lua.LState, src string) lua.LValue {
	t.Helper()
	fn, err := dialect.Load(L, "=test", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	L.Push(fn)
	if err := L.PCall(0, 1, nil); err != nil {
		t.Fatal(err)
	}
	v := L.Get(-1)
	L.Pop(1)
	return v
}

func TestString(t *testing.T) {
	for _, v := range values {
		t.Run(v.name, func(t *testing.T) {
			if got := inspect.String(eval(t, newState(t), "return "+v.expression)); got != v.want {
				t.Errorf("got  %s\nwant %s", got, v.want)
			}
		})
	}
}

type point struct{ text string }

func (p point) String() string { return p.text }

func TestStringer(t *testing.T) {
	mt := &lua.LTable{Metatable: lua.LNil}
	mt.RawSetString("__name", lua.LString("address"))
	ud := &lua.LUserData{Value: point{"192.0.2.1:628\n"}, Metatable: mt}
	if got, want := inspect.String(ud), `<address 192.0.2.1:628\n>`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDepth(t *testing.T) {
	v := eval(t, newState(t), "return {a = {b = {c = 1}}}")
	want := "{\n  a = {\n    b = {...}\n  }\n}"
	if got := (inspect.Options{Depth: 2}).String(v); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestVeryDeep writes a list of 100,000 tables, of which MaxDepth are shown.
func TestVeryDeep(t *testing.T) {
	v := eval(t, newState(t), "local t = {} for i = 1, 1e5 do t = {t} end return t")
	got := inspect.String(v)
	if !strings.Contains(got, "{...}") || strings.Count(got, "{") != inspect.MaxDepth+1 {
		t.Errorf("got %.200s", got)
	}
}

// TestReadsBack checks that what was written is a Lua expression of the same
// value, for values without identity.
func TestReadsBack(t *testing.T) {
	L := newState(t)
	const src = `{1, 2.5, {x = 'a\n"b"', ['c d'] = {true, false}}, [100] = -1, ["\0011"] = "'\"\\"}`
	once := inspect.String(eval(t, L, "return "+src))
	twice := inspect.String(eval(t, L, "return "+once))
	if once != twice {
		t.Errorf("got %s, want %s", twice, once)
	}
}
