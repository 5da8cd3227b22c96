package runtime

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// An Attr is a computed attribute of an object.
type Attr[T any] struct {
	Name string
	Doc  string
	// Type is the attribute's type in the notation of LuaLS, for the manual:
	// "integer?".
	Type string
	Get  func(L *lua.LState, v T) lua.LValue
	// Set is nil for attributes that cannot be written.
	Set func(L *lua.LState, v T, value lua.LValue)
}

// A Class is a type of Lua objects that hold a Go value of type T. The Class
// itself is never written to and may be shared by runtimes.
type Class[T any] struct {
	// Name is what errors and tostring call the type.
	Name string
	// Doc is a sentence about the objects, for the manual.
	Doc string
	// Phase says when the objects may be used, for the manual.
	Phase Phase
	// Methods are called with a colon; argument 1 is the object.
	Methods []Func
	Attrs   []Attr[T]
	// Meta are metamethods, such as __call and __len.
	Meta []Func
	// String is used by tostring; nil means the class name.
	String func(v T) string
	// Valid, if set, is asked before each use of an object by Lua; it raises
	// if the object must not be used any more.
	Valid func(L *lua.LState, v T)
	// Lenient makes names that the class does not know nil, as they are in a
	// table, instead of errors.
	Lenient bool
}

// A Describer tells what a class has to offer.
type Describer interface {
	// ClassName returns the name of the class.
	ClassName() string
	// ClassDoc returns a sentence about the objects, or nothing.
	ClassDoc() string
	// Members describes methods, then attributes.
	Members() []Func
	// Operators describes those metamethods that have a signature, which is
	// written as the operator is used.
	Operators() []Func
}

// ClassName returns c.Name.
func (c *Class[T]) ClassName() string { return c.Name }

// ClassDoc returns c.Doc.
func (c *Class[T]) ClassDoc() string { return c.Doc }

// Members describes methods, then attributes.
func (c *Class[T]) Members() []Func {
	all := slices.Clone(c.Methods)
	for _, a := range c.Attrs {
		info := &AttrInfo{Type: a.Type, Writable: a.Set != nil}
		all = append(all, Func{Name: a.Name, Sig: c.Name + "." + a.Name, Doc: a.Doc, Attr: info})
	}
	for i := range all {
		all[i].Phase = cmp.Or(all[i].Phase, c.Phase)
	}
	return all
}

// Operators describes the metamethods that have a signature.
func (c *Class[T]) Operators() []Func {
	return slices.DeleteFunc(slices.Clone(c.Meta), func(f Func) bool { return f.Sig == "" })
}

// New makes an object that holds v.
func (c *Class[T]) New(L *lua.LState, v T) *lua.LUserData {
	return &lua.LUserData{Value: v, Env: L.Env, Metatable: c.metatable(L)}
}

// Is returns the Go value of v if v is an object of this class.
func (c *Class[T]) Is(v lua.LValue) (T, bool) {
	var zero T
	ud, ok := v.(*lua.LUserData)
	if !ok {
		return zero, false
	}
	value, ok := ud.Value.(T)
	return value, ok
}

// Check returns the Go value of argument n, or raises.
func (c *Class[T]) Check(L *lua.LState, n int) T {
	v, ok := c.Is(L.Get(n))
	if !ok {
		typeError(L, n, c.Name)
	}
	if c.Valid != nil {
		c.Valid(L, v)
	}
	return v
}

// metatable returns the metatable of the class in this virtual machine.
func (c *Class[T]) metatable(L *lua.LState) *lua.LTable {
	registry := L.G.Registry
	if mt, ok := registry.RawGetString(c.Name).(*lua.LTable); ok {
		return mt
	}
	mt := c.newMetatable(L)
	registry.RawSetString(c.Name, mt)
	return mt
}

func (c *Class[T]) newMetatable(L *lua.LState) *lua.LTable {
	rt := Of(L)
	mt := L.NewTable()
	mt.RawSetString("__name", lua.LString(c.Name))
	mt.RawSetString("__metatable", lua.LString(c.Name))
	mt.RawSetString("__index", c.index(L, rt))
	mt.RawSetString("__newindex", L.NewFunction(c.newIndex))
	mt.RawSetString("__tostring", L.NewFunction(c.toString))
	for _, f := range c.Meta {
		mt.RawSetString(f.Name, rt.newFunction(L, c.Name+":"+f.Name, f))
	}
	return mt
}

// index makes the __index function: attributes are computed, methods looked
// up, and an unknown name raises and names the known ones, unless the class is
// lenient.
func (c *Class[T]) index(L *lua.LState, rt *Runtime) lua.LValue {
	methods := make(map[string]*lua.LFunction, len(c.Methods))
	for _, f := range c.Methods {
		methods[f.Name] = rt.newFunction(L, c.Name+":"+f.Name, f)
	}
	attrs := make(map[string]*Attr[T], len(c.Attrs))
	for i := range c.Attrs {
		attrs[c.Attrs[i].Name] = &c.Attrs[i]
	}
	return L.NewFunction(func(L *lua.LState) int {
		v := c.Check(L, 1)
		name, _ := L.Get(2).(lua.LString)
		if m, ok := methods[string(name)]; ok {
			L.Push(m)
		} else if a, ok := attrs[string(name)]; ok {
			L.Push(a.Get(L, v))
		} else if c.Lenient {
			L.Push(lua.LNil)
		} else {
			raise(L, "%s has no attribute %s (it has %s)", c.Name, quoteKey(L.Get(2)), c.names(func(Attr[T]) bool { return true }, true))
		}
		return 1
	})
}

func (c *Class[T]) newIndex(L *lua.LState) int {
	v := c.Check(L, 1)
	name, _ := L.Get(2).(lua.LString)
	for i := range c.Attrs {
		if a := &c.Attrs[i]; a.Name == string(name) && a.Set != nil {
			a.Set(L, v, L.Get(3))
			return 0
		}
	}
	writable := c.names(func(a Attr[T]) bool { return a.Set != nil }, false)
	raise(L, "%s: attribute %s cannot be set (these can: %s)", c.Name, quoteKey(L.Get(2)), writable)
	return 0
}

func (c *Class[T]) toString(L *lua.LState) int {
	v, ok := c.Is(L.Get(1))
	switch {
	case !ok:
		typeError(L, 1, c.Name)
	case c.String != nil:
		L.Push(lua.LString(c.String(v)))
	default:
		L.Push(lua.LString(c.Name))
	}
	return 1
}

// names lists attributes, and methods if wanted, for error messages.
func (c *Class[T]) names(want func(Attr[T]) bool, methods bool) string {
	var names []string
	for _, a := range c.Attrs {
		if want(a) {
			names = append(names, a.Name)
		}
	}
	if methods {
		for _, f := range c.Methods {
			names = append(names, f.Name)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func quoteKey(key lua.LValue) string {
	if s, ok := key.(lua.LString); ok {
		return fmt.Sprintf("%q", string(s))
	}
	return fmt.Sprintf("of type %s", key.Type())
}
