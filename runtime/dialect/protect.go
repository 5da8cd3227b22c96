package dialect

import (
	"fmt"
	"reflect"
	"runtime/debug"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// Protected calls.
//
// gopher-lua v1.1.2 loses variables when an error is caught. A closure refers
// to a local variable of a running function by an open upvalue, a pointer to
// its register. Raising an error closes all of them, down to the bottom of
// the stack, so that the functions below the pcall, which go on running, no
// longer share their variables with their closures. With an error handler it
// closes none, and closures that outlive the failed call refer to registers
// that others use. What is right is to close those above the pcall, before
// their registers are cleared.
//
// So a protected call is made with the mark that an error handler is set,
// which keeps raising from closing anything, and runs through guard, which
// closes what must be when a panic passes it. The fields that this needs are
// not exported; their offsets are looked up by name, and the tests of this
// package fail if a new version of the library moves away from them.

var (
	offsetHasErrorFunc = offset[lua.LState]("hasErrorFunc")
	offsetUpvalues     = offset[lua.LState]("uvcache")
	offsetFrame        = offset[lua.LState]("currentFrame")
	offsetLocalBase    = frameOffset("LocalBase")
	offsetFn           = frameOffset("Fn")
	offsetPc           = frameOffset("Pc")
	offsetIdx          = frameOffset("Idx")
	offsetParent       = frameOffset("Parent")
	offsetTailCall     = frameOffset("TailCall")
	offsetNext         = offset[lua.Upvalue]("next")
	offsetIndex        = offset[lua.Upvalue]("index")
)

func offset[T any](name string) uintptr {
	f, ok := reflect.TypeFor[T]().FieldByName(name)
	if !ok {
		panic("dialect: gopher-lua has no field " + name)
	}
	return f.Offset
}

func frameOffset(name string) uintptr { return innerOffset("currentFrame", name) }

// innerOffset is that of a field of what a field of the state points to.
func innerOffset(pointer, name string) uintptr {
	state, _ := reflect.TypeFor[lua.LState]().FieldByName(pointer)
	f, ok := state.Type.Elem().FieldByName(name)
	if !ok {
		panic("dialect: gopher-lua's " + pointer + " has no field " + name)
	}
	return f.Offset
}

func hasErrorFunc(L *lua.LState) *bool {
	return (*bool)(unsafe.Add(unsafe.Pointer(L), offsetHasErrorFunc))
}

// localBase is the register of the running function's first argument.
func localBase(L *lua.LState) int {
	frame := *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(L), offsetFrame))
	return *(*int)(unsafe.Add(frame, offsetLocalBase))
}

// callDepth is the number of active calls in L.
func callDepth(L *lua.LState) int {
	frame := *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(L), offsetFrame))
	if frame == nil {
		return 0
	}
	return *(*int)(unsafe.Add(frame, offsetIdx)) + 1
}

// closeUpvalues closes all open upvalues that refer to a register from base
// on. The list is sorted by register.
func closeUpvalues(L *lua.LState, base int) {
	link := (**lua.Upvalue)(unsafe.Add(unsafe.Pointer(L), offsetUpvalues))
	for *link != nil && *(*int)(unsafe.Add(unsafe.Pointer(*link), offsetIndex)) < base {
		link = (**lua.Upvalue)(unsafe.Add(unsafe.Pointer(*link), offsetNext))
	}
	uv := *link
	*link = nil
	for uv != nil {
		next := (**lua.Upvalue)(unsafe.Add(unsafe.Pointer(uv), offsetNext))
		uv.Close()
		uv, *next = *next, nil
	}
}

// PCall is lua.LState.PCall for code that scripts call: functions of the host
// that catch errors of Lua functions must use it, for the reason above. The
// handler, if not nil, is called with the error object where the error was
// raised; its result becomes the error object. The error is a *lua.ApiError
// without a traceback; a handler can make one with Traceback. If the stack is
// so full that the handler cannot be called, the error has one.
func PCall(L *lua.LState, nargs, nret int, handler *lua.LFunction) error {
	if callDepth(L) > L.Options.CallStackSize-headroom {
		raise(L, "stack overflow")
	}
	function := L.GetTop() - nargs
	L.Insert(guardFunction, function)
	if handler == nil {
		L.Insert(lua.LNil, function+1)
	} else {
		L.Insert(handler, function+1)
	}
	flag := hasErrorFunc(L)
	before := *flag
	*flag = true
	err := L.PCall(nargs+2, nret, nil)
	*flag = before
	if e, ok := err.(*lua.ApiError); ok && e.StackTrace == noTraceback {
		e.StackTrace = ""
	}
	return err
}

// headroom is how many calls a protected call leaves free. If the very first
// one finds the stack full, gopher-lua v1.1.2 drops eight frames too many when
// it unwinds a stack that grows (Options.MinimizeStackMemory).
const headroom = 32

var guardFunction = &lua.LFunction{IsG: true, GFunction: guard, Env: guardMark}

// guardMark tells guardFunction from all other functions.
var guardMark = new(lua.LTable)

// noTraceback keeps gopher-lua from writing a traceback that nobody reads,
// which takes time in proportion to the depth of the stack.
const noTraceback = "none"

// guard (handler, f, …) calls f(…) below a protected call.
func guard(L *lua.LState) int {
	handler, _ := L.Get(1).(*lua.LFunction)
	base := localBase(L)
	returned := false
	defer func() {
		if !returned {
			handleError(L, base, handler, recover())
		}
	}()
	*hasErrorFunc(L) = true
	checkCallable(L, L.Get(2))
	L.Call(L.GetTop()-2, lua.MultRet)
	returned = true
	return L.GetTop() - 1
}

// checkCallable raises what LuaJIT says if a Go function calls something else
// than a function.
func checkCallable(L *lua.LState, v lua.LValue) {
	if _, ok := v.(*lua.LFunction); ok {
		return
	}
	if L.GetMetaField(v, "__call").Type() != lua.LTFunction {
		L.Error(lua.LString("attempt to call a "+v.Type().String()+" value"), 0)
	}
}

// handleError runs where a panic passes guard; the stack is still as it was
// when the error was raised. Without a panic, the goroutine is ending.
func handleError(L *lua.LState, base int, handler *lua.LFunction, r any) {
	if r == nil {
		return
	}
	closeUpvalues(L, base)
	e, ok := r.(*lua.ApiError)
	if !ok {
		e = panicError(L, r)
	}
	if message, ok := e.Object.(lua.LString); ok {
		e.Object = lua.LString(describe(L, string(message)))
	}
	switch {
	case handler == nil:
	case callDepth(L) >= L.Options.CallStackSize: // no room to call it
		e.StackTrace = Traceback(L, 0)
	default:
		e.Object = callHandler(L, base, handler, e.Object)
	}
	if e.StackTrace == "" {
		e.StackTrace = noTraceback
	}
	panic(e)
}

// callHandler returns the result of an error handler; an error in it has fixed
// words.
func callHandler(L *lua.LState, base int, handler *lua.LFunction, object lua.LValue) lua.LValue {
	returned := false
	defer func() {
		if returned {
			return
		}
		if r := recover(); r != nil {
			closeUpvalues(L, base)
			if _, ok := r.(*lua.ApiError); !ok {
				panicError(L, r)
			}
			panic(&lua.ApiError{Type: lua.ApiErrorError, Object: lua.LString("error in error handling"), StackTrace: noTraceback})
		}
	}()
	object = call1(L, handler, object)
	returned = true
	return object
}

// panicError makes a Lua error of another panic: one in a Go function, of which
// the host is told, or that of a stack that cannot grow.
func panicError(L *lua.LState, r any) *lua.ApiError {
	message := fmt.Sprint(r)
	if message == "lua callstack overflow" {
		return &lua.ApiError{Type: lua.ApiErrorRun, Object: lua.LString(Where(L, 0) + message)}
	}
	if ud, ok := L.G.Registry.RawGetString(libraryKey).(*lua.LUserData); ok {
		ud.Value.(*library).Panic(L, r, debug.Stack())
	}
	return &lua.ApiError{Type: lua.ApiErrorPanic, Object: lua.LString("internal error: " + message)}
}
