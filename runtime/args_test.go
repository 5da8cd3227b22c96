package runtime_test

import (
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/luatest"
)

type counter struct{ n float64 }

// counterClass has one member of each kind.
func counterClass() *runtime.Class[*counter] {
	c := &runtime.Class[*counter]{Name: "counter"}
	c.String = func(v *counter) string { return strings.Repeat("|", int(v.n)) }
	c.Valid = func(L *lua.LState, v *counter) {
		if v.n < 0 {
			L.RaiseError("Stale object")
		}
	}
	c.Attrs = []runtime.Attr[*counter]{
		{Name: "value", Get: func(_ *lua.LState, v *counter) lua.LValue { return lua.LNumber(v.n) },
			Set: func(_ *lua.LState, v *counter, value lua.LValue) { v.n = float64(lua.LVAsNumber(value)) }},
		{Name: "double", Get: func(_ *lua.LState, v *counter) lua.LValue { return lua.LNumber(2 * v.n) }},
	}
	c.Methods = []runtime.Func{{Name: "add", Fn: func(L *lua.LState) int {
		v := c.Check(L, 1)
		runtime.NArgs(L, 1, 1)
		v.n += runtime.Number(L, 2)
		L.Push(L.Get(1))
		return 1
	}}}
	return c
}

// argsModule has a function for each argument check.
func argsModule() runtime.Module {
	class := counterClass()
	push := func(v lua.LValue) func(L *lua.LState) int {
		return func(L *lua.LState) int { L.Push(v); return 1 }
	}
	return runtime.Module{Name: "args", Classes: []runtime.Describer{class}, Funcs: []runtime.Func{
		{Name: "counter", Fn: func(L *lua.LState) int { return push(class.New(L, &counter{}))(L) }},
		{Name: "two_or_three", Fn: func(L *lua.LState) int { runtime.NArgs(L, 2, 3); return 0 }},
		{Name: "one", Fn: func(L *lua.LState) int { runtime.NArgs(L, 1, 1); return 0 }},
		{Name: "none", Fn: func(L *lua.LState) int { runtime.NArgs(L, 0, 0); return 0 }},
		{Name: "some", Fn: func(L *lua.LState) int { runtime.NArgs(L, 1, -1); return 0 }},
		{Name: "string", Fn: func(L *lua.LState) int { return push(lua.LString(runtime.String(L, 1)))(L) }},
		{Name: "opt_string", Fn: func(L *lua.LState) int { return push(lua.LString(runtime.OptString(L, 1, "def")))(L) }},
		{Name: "number", Fn: func(L *lua.LState) int { return push(lua.LNumber(runtime.Number(L, 1)))(L) }},
		{Name: "opt_number", Fn: func(L *lua.LState) int { return push(lua.LNumber(runtime.OptNumber(L, 1, 7)))(L) }},
		{Name: "digit", Fn: func(L *lua.LState) int { return push(lua.LNumber(runtime.Int(L, 1, 0, 9)))(L) }},
		{Name: "table", Fn: func(L *lua.LState) int { return push(runtime.Table(L, 1))(L) }},
		{Name: "func", Fn: func(L *lua.LState) int { return push(runtime.Function(L, 1))(L) }},
		{Name: "options", Fn: func(L *lua.LState) int {
			o := runtime.Options(L, 1, "name", "size", "fast", "env")
			t := L.NewTable()
			t.RawSetString("name", lua.LString(o.String("name", "none")))
			t.RawSetString("size", lua.LNumber(o.Number("size", 1)))
			t.RawSetString("fast", lua.LBool(o.Bool("fast", true)))
			t.RawSetString("has_env", lua.LBool(o.Table("env") != nil))
			return push(t)(L)
		}},
		runtime.Resolver("resolve", 628),
		{Name: "address", Fn: func(L *lua.LState) int {
			return push(runtime.AddressClass.New(L, runtime.ToAddress(L, 1, 628)))(L)
		}},
		{Name: "fail", Fn: func(L *lua.LState) int { return runtime.Fail(L, errWorld{}) }},
		{Name: "raise", Fn: func(L *lua.LState) int { runtime.Raise(L, "broken %d", 1); return 0 }},
	}}
}

type errWorld struct{}

func (errWorld) Error() string { return "the world failed" }

func TestArguments(t *testing.T) { luatest.Run(t, []runtime.Module{argsModule(), tasksModule()}) }

func TestMembers(t *testing.T) {
	var names []string
	for _, f := range counterClass().Members() {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); got != "add value double" {
		t.Errorf("members are %q", got)
	}
}
