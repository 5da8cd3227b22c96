package runtime

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// A Func describes one Lua function. The description is what the function is
// registered with, and what the REPL's help and the manual are made of.
type Func struct {
	// Name is the key in the module's table, or the method's name.
	Name string
	// Sig is the signature as a user writes the call:
	// "sodium.hex2bin(hex) -> string | nil".
	Sig string
	// Doc is what the function does: units, what it waits for, its errors.
	Doc string
	// Since is the version that brought it; empty means the first one.
	Since string
	// Phase says when it may be used.
	Phase Phase
	// Types are the types of those parameters and results in Sig whose names do
	// not tell them (see package describe), in the notation of LuaLS: "payload" →
	// "table". The table of options has the name "options", a result "-> payload".
	Types map[string]string
	// Attr is set if this is an attribute, which has no Fn.
	Attr *AttrInfo
	// Fn is the function itself.
	Fn lua.LGFunction
}

// An AttrInfo is what a [Func] that describes an attribute has besides.
type AttrInfo struct {
	// Type is the attribute's type in the notation of LuaLS: "integer?".
	Type string
	// Writable attributes can be set.
	Writable bool
}

// A Phase says when something may be used.
type Phase uint8

const (
	// Anytime is the default.
	Anytime Phase = iota
	// AtStartup is while the configuration is read.
	AtStartup
	// InHandler is as long as the handler of the mail runs.
	InHandler
)

// String is a sentence for the user, empty for Anytime.
func (p Phase) String() string {
	switch p {
	case AtStartup:
		return "Only while the configuration is read."
	case InHandler:
		return "Only while the handler of the mail runs."
	}
	return ""
}

// A Value describes a global variable, or a member of a module, that is no
// function.
type Value struct {
	// Name is what a script writes: "json.null".
	Name string
	// Type is its type in the notation of LuaLS.
	Type string
	// Doc says what it is for.
	Doc string
	// Since and Phase are those of a [Func].
	Since string
	Phase Phase
}

// A Module is something that scripts find as a global and by require. It is a
// value that the host chooses; nothing registers itself.
type Module struct {
	// Name is the global's name and the argument of require.
	Name string
	// Doc is one sentence.
	Doc string
	// Funcs are the members of the module's table, in the manual's order.
	Funcs []Func
	// Classes describe the objects that the module makes.
	Classes []Describer
	// Values describe what Open sets besides functions, and globals that the
	// module reads.
	Values []Value
	// Open, if set, makes the module's value instead of a plain table of
	// Funcs. It is called once, while the virtual machine is built. If it
	// returns nil there is no global of that name: such a module sets
	// globals itself.
	Open func(rt *Runtime, L *lua.LState) lua.LValue
}

func (rt *Runtime) openModule(L *lua.LState, m Module) {
	var value lua.LValue
	if m.Open != nil {
		value = m.Open(rt, L)
	} else {
		value = rt.NewTable(L, m.Name, m.Funcs)
	}
	if value == nil || value == lua.LNil {
		return
	}
	rt.setModule(L, m.Name, value)
}

// setModule makes value a global that require finds as well.
func (rt *Runtime) setModule(L *lua.LState, name string, value lua.LValue) {
	L.SetGlobal(name, value)
	if loaded, ok := L.GetField(L.GetGlobal("package"), "loaded").(*lua.LTable); ok {
		loaded.RawSetString(name, value)
	}
}

// NewTable makes a table of functions. In error messages a function is called
// qualifier.Name. If the qualifier ends in a colon the functions are called with
// one, as in socket:connect(…): the argument checks treat argument 1, which is the
// table, as they do the object of a method.
func (rt *Runtime) NewTable(L *lua.LState, qualifier string, funcs []Func) *lua.LTable {
	if !strings.HasSuffix(qualifier, ":") {
		qualifier += "."
	}
	t := L.CreateTable(0, len(funcs))
	for _, f := range funcs {
		t.RawSetString(f.Name, rt.newFunction(L, qualifier+f.Name, f))
	}
	return t
}

// SetGlobals registers functions as globals.
func (rt *Runtime) SetGlobals(L *lua.LState, funcs []Func) {
	for _, f := range funcs {
		L.SetGlobal(f.Name, rt.newFunction(L, f.Name, f))
	}
}

// newFunction makes a Lua function that knows its own name, for the argument
// checks: it is the first upvalue.
func (rt *Runtime) newFunction(L *lua.LState, name string, f Func) *lua.LFunction {
	fn := f.Fn
	if rt.opts.Wrap != nil {
		fn = rt.opts.Wrap(name, f)
	}
	return L.NewClosure(fn, lua.LString(name))
}

// funcName returns the name that the running Go function was registered with.
func funcName(L *lua.LState) string {
	if name, ok := L.Get(lua.UpvalueIndex(1)).(lua.LString); ok {
		return string(name)
	}
	return "?"
}
