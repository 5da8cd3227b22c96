package runtime

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// output collects what scripts print and what the runtime logs.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// newTestRuntime returns a runtime that is closed with the test.
func newTestRuntime(t testing.TB, c Config) *Runtime {
	t.Helper()
	if c.Logger == nil {
		c.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	rt, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rt.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return rt
}

// script runs src as a part of the main program.
func script(t testing.TB, rt *Runtime, src string) {
	t.Helper()
	if err := rt.DoString(context.Background(), "=test", src); err != nil {
		t.Fatalf("%v\n%s", err, traceback(err))
	}
}

func traceback(err error) string {
	var e *ScriptError
	if errors.As(err, &e) {
		return e.Traceback
	}
	return ""
}

// call runs the global function as a task and returns its first result.
func call(rt *Runtime, ctx context.Context, global string, args ...lua.LValue) (lua.LValue, error) {
	var result lua.LValue
	err := rt.Run(ctx, global, func(L *lua.LState) error {
		err := Call(L, L.GetGlobal(global), 1, args...)
		if err == nil {
			result = L.Get(-1)
		}
		return err
	})
	return result, err
}

// eventually polls until ok, with a generous deadline.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("timed out: %s", what)
		}
	}
}

func TestErrorsHaveTracebacks(t *testing.T) {
	for text, want := range map[string]struct {
		message   string
		traceback []string
	}{
		"function f()\n  local x = nil\n  return x.y\nend\nfunction g() local r = f() return r end": {"test:3:", []string{"test:3:", "test:5:"}},
		"function g()\n  return 1 + g()\nend":                                                       {"test:2: stack overflow", []string{"test:2:"}},
	} {
		rt := newTestRuntime(t, Config{})
		script(t, rt, text)
		_, err := call(rt, t.Context(), "g")
		var e *ScriptError
		if !errors.As(err, &e) {
			t.Fatalf("got %T %v, want a *ScriptError", err, err)
		}
		if !strings.Contains(e.Message, want.message) {
			t.Errorf("message %q does not have %q", e.Message, want.message)
		}
		for _, line := range want.traceback {
			if !strings.Contains(e.Traceback, line) {
				t.Errorf("traceback lacks %s:\n%s", line, e.Traceback)
			}
		}
	}
}

func TestPanicInBindingIsAnError(t *testing.T) {
	var log output
	rt := newTestRuntime(t, Config{
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Modules: []Module{{Name: "bad", Funcs: []Func{{Name: "call", Fn: func(*lua.LState) int {
			var p *Runtime
			return len(p.threads)
		}}}}},
	})
	script(t, rt, "function f() local ok, e = pcall(bad.call) assert(not ok) return e end")
	got, err := call(rt, t.Context(), "f")
	if err != nil || !strings.Contains(got.String(), "internal error") {
		t.Errorf("got %v, %v; want an internal error", got, err)
	}
	if !strings.Contains(log.String(), "TestPanicInBindingIsAnError") {
		t.Errorf("the log lacks the stack of the panic:\n%s", log.String())
	}
}

func TestPanicInHostFunction(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	err := rt.Run(t.Context(), "host", func(*lua.LState) error { panic("oops") })
	if err == nil || !strings.Contains(err.Error(), "oops") {
		t.Errorf("got %v, want the panic as an error", err)
	}
	script(t, rt, "assert(1 + 1 == 2)")
}

func TestRunAfterClose(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	rt.Close()
	if err := rt.Run(t.Context(), "late", nil); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

func TestModulesAreGlobalsAndRequirable(t *testing.T) {
	rt := newTestRuntime(t, Config{Modules: []Module{{Name: "seven", Funcs: []Func{{Name: "value", Fn: func(L *lua.LState) int {
		L.Push(lua.LNumber(7))
		return 1
	}}}}}})
	script(t, rt, "assert(seven.value() == 7) assert(require('seven') == seven)")
}

func TestUpvaluesSurviveCaughtErrors(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	script(t, rt, `
		local function check(catch)
			local n, saved = 0
			local function inc() n = n + 1 end
			catch(function() local inner = 5 saved = function() inner = inner + 1 return inner end error('x') end)
			inc()
			assert(n == 1, 'outer variable')
			n = 10
			inc()
			assert(n == 11, 'outer variable')
			assert(saved() == 6 and saved() == 7, 'inner variable')
		end
		check(pcall)
		check(function(f) xpcall(f, function(m) return m end) end)
		check(function(f) xpcall(f, debug and debug.traceback or tostring) end)
		check(function(f) coroutine.resume(coroutine.create(f)) end)
		check(function(f) pcall(function() local t = setmetatable({}, {__index = f}) return t.x end) end)
	`)
}

func TestProtectedCallsNestDeeply(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	script(t, rt, `
		local function deep(n) if n == 0 then return 'bottom' end local _, r = pcall(deep, n - 1) return r end
		assert(deep(1000) == 'bottom')
		local function endless() local ok, e = pcall(endless) if not ok then error(e, 0) end end
		local ok, e = pcall(endless)
		assert(not ok and e:find('stack overflow'), e)
	`)
}

func TestXpcallHandlerSeesTheFailedFrames(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	script(t, rt, `
		local function fails() error({code = 5}) end
		local ok, code = xpcall(function(a, b) assert(a == 1 and b == 2) fails() end, function(e) return e.code end, 1, 2)
		assert(not ok and code == 5)
		local ok, e = xpcall(error, function() error('again') end, 'first')
		assert(not ok)
		assert(select('#', xpcall(function() return 1, nil, 3 end, print)) == 4)
	`)
}

func TestCloseEndsWhatRuns(t *testing.T) {
	rt := newTestRuntime(t, Config{TurnLimit: time.Hour})
	script(t, rt, "function busy() while true do pcall(function() while true do end end) end end function idle() sleep(1e6) end function parked() coroutine.yield() end")
	var wg sync.WaitGroup
	for _, name := range []string{"idle", "parked", "busy"} {
		wg.Go(func() {
			if _, err := call(rt, context.Background(), name); !errors.Is(err, ErrClosed) {
				t.Errorf("%s: got %v, want ErrClosed", name, err)
			}
		})
	}
	eventually(t, "busy has the turn", func() bool {
		h := rt.turn.holder.Load()
		return h != nil && h.name == "busy"
	})
	rt.Close()
	wg.Wait()
}

func BenchmarkRun(b *testing.B) {
	rt := newTestRuntime(b, Config{})
	script(b, rt, "function f() return 1 end")
	b.ReportAllocs()
	ctx := b.Context()
	err := rt.Main(ctx, "bench", func(L *lua.LState) error { return nil })
	fn := global(rt, "f")
	for b.Loop() {
		err = errors.Join(err, rt.Run(ctx, "f", func(L *lua.LState) error { return Call(L, fn, 1) }))
	}
	if err != nil {
		b.Fatal(err)
	}
}

func BenchmarkPcall(b *testing.B) {
	rt := newTestRuntime(b, Config{})
	script(b, rt, "local function g() return 1 end function f(n) for i = 1, n do pcall(g) end end")
	b.ReportAllocs()
	if _, err := call(rt, b.Context(), "f", lua.LNumber(b.N)); err != nil {
		b.Fatal(err)
	}
}

func TestWrapSeesCallsOfDescribedFunctions(t *testing.T) {
	var calls []string
	rt, err := New(Config{Wrap: func(name string, f Func) lua.LGFunction {
		if name != "inspect" {
			return f.Fn
		}
		return func(L *lua.LState) int {
			n := f.Fn(L)
			calls = append(calls, name+" -> "+L.Get(-1).String())
			return n
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	if err := rt.DoString(t.Context(), "=test", "inspect(1) inspect(2) assert(not pcall(inspect))"); err != nil {
		t.Fatal(err)
	}
	if want := []string{"inspect -> 1", "inspect -> 2"}; !slices.Equal(calls, want) {
		t.Errorf("seen %q, want %q", calls, want)
	}
}
