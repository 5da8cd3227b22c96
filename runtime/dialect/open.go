package dialect

import (
	"context"
	"io"
	"iter"
	"os"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// Options is what a host decides about the libraries. The zero value is that
// of a plain interpreter.
type Options struct {
	// Stdin is io.stdin. A read from it can be cancelled if the file supports
	// deadlines. The default is os.Stdin, which child processes get in any case.
	Stdin *os.File
	// Stdout takes what print, io.write and io.stdout write, in one Write per
	// call. The default is os.Stdout.
	Stdout io.Writer
	// Stderr is io.stderr. The default is os.Stderr.
	Stderr io.Writer
	// Exit ends the process for os.exit. If it returns, os.exit raises an
	// error. The default is os.Exit.
	Exit func(code int)
	// Now is the clock of os.time and os.date. The default is time.Now.
	Now func() time.Time
	// Block runs fn, which may take long and touches no Lua value: a host
	// may let other Lua code run meanwhile. The context ends fn. The default
	// runs fn with the state's own context.
	Block func(L *lua.LState, fn func(ctx context.Context))
	// Panic learns of a panic in a Go function that Lua code called, other
	// than a Lua error, with the stack of the goroutine. To scripts it is an
	// error like others. The default does nothing.
	Panic func(L *lua.LState, value any, stack []byte)
	// Threads lists all threads of the virtual machine in which a function is
	// active. Without it, tables do not forget the keys that they have lost.
	Threads func() iter.Seq[*lua.LState]
}

// library holds what the functions of one state share.
type library struct {
	Options
	io *ioLibrary
}

// libraryKey is where the registry of a state has its library.
const libraryKey = "qrelay.dialect"

// maxArray bounds the positive integers for which a table keeps an array, which
// has room for all numbers below the largest one, 16 bytes for each. Larger keys
// are hashed. gopher-lua's own bound would let "t[m.uid] = 1" take a gigabyte.
const maxArray = 1 << 22

// boundArrays sets maxArray in gopher-lua, before the first state is used.
var boundArrays = sync.OnceFunc(func() { lua.MaxArrayIndex = maxArray })

// Open fills a new state with the standard libraries. The state must have none
// yet (lua.Options.SkipOpenLibs). The coroutine library is gopher-lua's, for
// the host to replace.
func Open(L *lua.LState, o Options) {
	boundArrays()
	if o.Stdin == nil {
		o.Stdin = os.Stdin
	}
	if o.Stdout == nil {
		o.Stdout = os.Stdout
	}
	if o.Stderr == nil {
		o.Stderr = os.Stderr
	}
	if o.Exit == nil {
		o.Exit = os.Exit
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Block == nil {
		o.Block = blockPlainly
	}
	if o.Panic == nil {
		o.Panic = func(*lua.LState, any, []byte) {}
	}
	lib := &library{Options: o}
	L.G.Registry.RawSetString(libraryKey, &lua.LUserData{Value: lib, Metatable: lua.LNil})
	for _, part := range []struct {
		name string
		open lua.LGFunction
	}{
		{lua.LoadLibName, lua.OpenPackage},
		{lua.BaseLibName, lua.OpenBase},
		{lua.DebugLibName, lua.OpenDebug},
		{lua.CoroutineLibName, lua.OpenCoroutine},
		{lua.TabLibName, openTable},
		{lua.StringLibName, openString},
		{lua.MathLibName, openMath},
		{lua.OsLibName, lib.openOS},
		{lua.IoLibName, lib.openIO},
		{"utf8", openUTF8},
		{"bit", openBit},
		{"jit", openJIT},
	} {
		L.Push(L.NewFunction(part.open))
		L.Push(lua.LString(part.name))
		L.Call(1, 0)
	}
	lib.openBase(L)
	lib.openLoad(L)
	openPackage(L)
	openDebug(L)
}

// stateContext is the state's context, never nil.
func stateContext(L *lua.LState) context.Context {
	if ctx := L.Context(); ctx != nil {
		return ctx
	}
	return context.Background()
}

func blockPlainly(L *lua.LState, fn func(ctx context.Context)) { fn(stateContext(L)) }

// newLibrary makes the global table of a library and enters it in
// package.loaded.
func newLibrary(L *lua.LState, name string, funcs map[string]lua.LGFunction) *lua.LTable {
	t := L.CreateTable(0, len(funcs))
	setFunctions(L, t, funcs)
	L.G.Global.RawSetString(name, t)
	loaded(L).RawSetString(name, t)
	return t
}

func setFunctions(L *lua.LState, t *lua.LTable, funcs map[string]lua.LGFunction) {
	for name, fn := range funcs {
		t.RawSetString(name, L.NewFunction(fn))
	}
}

// loaded is the table package.loaded.
func loaded(L *lua.LState) *lua.LTable {
	return L.G.Registry.RawGetString("_LOADED").(*lua.LTable)
}
