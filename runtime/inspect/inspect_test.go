package inspect

import (
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

func TestString(t *testing.T) {
	L := lua.NewState()
	defer L.Close()
	for _, c := range []struct{ expr, want string }{
		{"nil", "nil"}, {"true", "true"}, {"42", "42"}, {"1.5", "1.5"},
		{`"a\nb\0"`, `"a\nb\000"`},
		{`'say "hi"'`, `'say "hi"'`},
		{`'"' .. "'"`, `"\"'"`},
		{"{}", "{}"},
		{"{1, 2, 3}", "{ 1, 2, 3 }"},
		{`{x = 42, y = "z"}`, "{\n  x = 42,\n  y = \"z\"\n}"},
		{`{1, 2, a = {b = {}}}`, "{ 1, 2,\n  a = {\n    b = {}\n  }\n}"},
		{`{["a b"] = 1, ["end"] = 2, [1.5] = 3, [true] = 4, _ok9 = 5}`,
			"{\n  [1.5] = 3,\n  [true] = 4,\n  _ok9 = 5,\n  [\"a b\"] = 1,\n  [\"end\"] = 2\n}"},
		{"{print, print, tostring}", "{ <function 1>, <function 1>, <function 2> }"},
		{"(function() local t = {} t.self = t return t end)()", "<1>{\n  self = <table 1>\n}"},
		{"(function() local t = {} return {t, t} end)()", "{ <1>{}, <table 1> }"},
		{"setmetatable({1}, {__index = {}})", "{ 1,\n  <metatable> = {\n    __index = {}\n  }\n}"},
		{"setmetatable({}, {__tostring = error, __index = error})", "{\n  <metatable> = {\n    __index = <function 1>,\n    __tostring = <function 1>\n  }\n}"},
	} {
		if err := L.DoString("value = " + c.expr); err != nil {
			t.Fatal(err)
		}
		if got := String(L.GetGlobal("value")); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.expr, got, c.want)
		}
	}
}

type text string

func (s text) String() string { return string(s) }

func TestObjects(t *testing.T) {
	L := lua.NewState()
	defer L.Close()
	mt := L.NewTable()
	mt.RawSetString("__name", lua.LString("address"))
	for _, c := range []struct {
		ud   *lua.LUserData
		want string
	}{
		{&lua.LUserData{Value: text("@a"), Metatable: mt}, "<address @a>"},
		{&lua.LUserData{Value: 1, Metatable: mt}, "<address>"},
		{&lua.LUserData{Metatable: lua.LNil}, "<userdata 1>"},
	} {
		if got := String(c.ud); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestDepthIsBounded(t *testing.T) {
	L := lua.NewState()
	defer L.Close()
	if err := L.DoString("value = {} for i = 1, 100000 do value = {value} end"); err != nil {
		t.Fatal(err)
	}
	if got := String(L.GetGlobal("value")); !strings.Contains(got, "{...}") {
		t.Errorf("no mark of the cut in %q", got)
	}
}
