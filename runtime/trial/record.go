package trial

import (
	"context"
	"slices"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/inspect"
)

// A Call is one of those by which a handler deals with the world: queries,
// datagrams, waiting.
type Call struct {
	// Function is its name, such as "pg.Connection:execute".
	Function string `json:"function"`
	// Args are the arguments as inspect writes them, but strings that stand
	// alone, such as the text of a query, as they are.
	Args []string `json:"args"`
	// Result is the first result, and Error the second one if that was nil.
	Result string `json:"result,omitempty"`
	Error  string `json:"error,omitempty"`
	// Skipped tells that it was recorded instead of done.
	Skipped bool `json:"skipped,omitempty"`
	// Seconds is how long it took.
	Seconds float64 `json:"seconds"`
}

// unconfirmed are functions that send what nobody confirms. In a trial they
// send nothing and return true.
var unconfirmed = []string{"pond:send", "control_client:send"}

// A recorder notes the calls of one task. It is guarded by the turn.
type recorder struct {
	calls []Call
}

type recorderKey struct{}

// context makes tasks that get it record their calls.
func (r *recorder) context(ctx context.Context) context.Context {
	return context.WithValue(ctx, recorderKey{}, r)
}

// wrap puts a recording function in place of those that deal with the world: a
// description that says "Waits" marks them.
func (t *Trial) wrap(name string, f runtime.Func) lua.LGFunction {
	if fn := t.options.Replace[name]; fn != nil {
		f.Fn = fn
	}
	skip := slices.Contains(unconfirmed, name)
	if !skip && !strings.Contains(f.Doc, "Waits") {
		return f.Fn
	}
	return func(L *lua.LState) int {
		r, ok := runtime.Context(L).Value(recorderKey{}).(*recorder)
		if !ok {
			return f.Fn(L)
		}
		return r.record(L, name, f.Fn, skip)
	}
}

// record calls fn, unless it is to be skipped, and notes the call, also if fn
// raises.
func (r *recorder) record(L *lua.LState, name string, fn lua.LGFunction, skip bool) int {
	call := Call{Function: name, Args: argsOf(L, name), Skipped: skip, Error: "raised an error"}
	began := time.Now()
	defer func() {
		call.Seconds = time.Since(began).Seconds()
		r.calls = append(r.calls, call)
	}()
	if skip {
		call.Error = ""
		L.Push(lua.LTrue)
		return 1
	}
	n := fn(L)
	call.Result, call.Error = resultOf(L, n)
	return n
}

// argsOf returns the arguments, without the object of a method.
func argsOf(L *lua.LState, name string) []string {
	first := 1
	if strings.Contains(name, ":") {
		first = 2
	}
	args := []string{}
	for i := first; i <= L.GetTop(); i++ {
		args = append(args, text(L.Get(i)))
	}
	return args
}

// resultOf describes the n results of a function.
func resultOf(L *lua.LState, n int) (result, failure string) {
	if n == 0 {
		return "", ""
	}
	first := L.Get(-n)
	if first == lua.LNil && n > 1 {
		return "", text(L.Get(-n + 1))
	}
	if ud, ok := first.(*lua.LUserData); ok {
		if size, ok := length(L, ud); ok {
			return size, ""
		}
		return runtime.TypeName(ud), ""
	}
	return text(first), ""
}

// length tells how many rows an object has that knows it.
func length(L *lua.LState, ud *lua.LUserData) (string, bool) {
	fn := L.GetMetaField(ud, "__len")
	if fn == lua.LNil || runtime.Call(L, fn, 1, ud) != nil {
		return "", false
	}
	n := L.Get(-1).String()
	L.Pop(1)
	if n == "1" {
		return "1 row", true
	}
	return n + " rows", true
}

// text returns a value in one line; a string as it is.
func text(v lua.LValue) string {
	if s, ok := v.(lua.LString); ok {
		return string(s)
	}
	return strings.Join(strings.Fields(inspect.String(v)), " ")
}
