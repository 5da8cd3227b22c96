package runtime

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// Each call site waits in the middle; gopher-lua's own yield fails in most.
var callSites = map[string]string{
	"plain":           "return nap(1)",
	"statement":       "nap(1) return 1",
	"tail call":       "return nap(1)",
	"pcall":           "local ok, v = pcall(nap, 1) assert(ok) return v",
	"pcall function":  "local ok, v = pcall(function() local r = nap(1) return r end) assert(ok) return v",
	"nested pcall":    "local _, _, v = pcall(pcall, nap, 1) return v",
	"error after":     "local ok, e = pcall(function() nap(1) error('x', 0) end) assert(not ok and e == 'x') return 1",
	"xpcall":          "local _, v = xpcall(nap, print, 1) return v",
	"error handler":   "local _, v = xpcall(error, function() return nap(1) end) return v",
	"index":           "return setmetatable({}, {__index = function() return nap(1) end}).x",
	"newindex":        "local r local t = setmetatable({}, {__newindex = function(_, _, v) r = nap(v) end}) t.x = 1 return r",
	"call metamethod": "return setmetatable({}, {__call = function(_, v) return nap(v) end})(1)",
	"concat":          "return setmetatable({}, {__concat = function() return nap(1) end}) .. 'x'",
	"add":             "return setmetatable({}, {__add = function() return nap(1) end}) + 1",
	"less than":       "local mt = {__lt = function() return nap(true) end} return setmetatable({}, mt) < setmetatable({}, mt) and 1",
	"equal":           "local mt = {__eq = function() return nap(true) end} return setmetatable({}, mt) == setmetatable({}, mt) and 1",
	"unary minus":     "return -setmetatable({}, {__unm = function() return nap(1) end})",
	"tostring":        "return tonumber(tostring(setmetatable({}, {__tostring = function() return nap('1') end})))",
	"iterator":        "for v in function(_, v) if not v then return nap(1) end end do return v end",
	"sort callback":   "local t = {3, 1, 2} table.sort(t, function(a, b) return nap(a < b) end) return t[1]",
	"gsub callback":   "return tonumber((('x'):gsub('x', function() return nap('1') end)))",
	"argument":        "return math.min(nap(2), nap(1))",
	"constructor":     "return ({nap(0), nap(1)})[2]",
	"coroutine":       "return coroutine.wrap(function() return nap(1) end)()",
	"yield across":    "local f = coroutine.wrap(function() local _, v = pcall(function() local r = nap(0) + coroutine.yield() return nap(r) end) return v end) f() return f(1)",
	"loadstring":      "return loadstring('return nap(1)')()",
	"recursion":       "local function f(n) if n == 0 then return nap(1) end local r = f(n - 1) return r end return f(100)",
	"deep tail calls": "local function f(n) if n == 0 then return nap(1) end return f(n - 1) end return f(10000)",
	"varargs":         "return select(2, (function(...) nap(0) return ... end)(0, 1, 2)) and 1",
	"close over":      "local n = 0 local function f() nap(0) n = n + 1 end f() return n",
}

func TestWaitingWorksEverywhere(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	script(t, rt, "function nap(...) sleep(0.0001) return ... end")
	var wg sync.WaitGroup
	for name, body := range callSites {
		function := strings.ReplaceAll("site "+name, " ", "_")
		script(t, rt, "function "+function+"() "+body+" end")
		for range 4 {
			wg.Go(func() {
				got, err := call(rt, t.Context(), function)
				if err != nil || got != lua.LNumber(1) {
					t.Errorf("%s: got %v, %v; want 1", name, got, err)
				}
			})
		}
	}
	wg.Wait()
}

func TestTwoThousandWaitingTasks(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	script(t, rt, "open = false  waiting = 0  function wait(n) waiting = waiting + 1 while not open do sleep(0.005) end waiting = waiting - 1 return n end")
	const n = 2000
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			got, err := call(rt, t.Context(), "wait", lua.LNumber(i))
			if err != nil || got != lua.LNumber(i) {
				t.Errorf("task %d: got %v, %v", i, got, err)
			}
		})
	}
	eventually(t, "all wait", func() bool {
		var waiting lua.LValue
		_ = rt.Run(t.Context(), "count", func(L *lua.LState) error { waiting = L.GetGlobal("waiting"); return nil })
		return waiting == lua.LNumber(n)
	})
	script(t, rt, "open = true")
	wg.Wait()
	script(t, rt, "assert(waiting == 0)")
}

func TestCancelledTaskEndsThoughItCatchesErrors(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	script(t, rt, `
		function stubborn() while true do pcall(sleep, 1000) pcall(function() while true do sleep(1000) end end) end end
		function nested() while true do pcall(pcall, xpcall, sleep, function() return sleep(1000) end, 1000) end end
		function inside() while true do coroutine.wrap(function() pcall(sleep, 1000) end)() end end
		function parked() while true do pcall(coroutine.yield) end end
		function sorting() while true do pcall(table.sort, {3, 2, 1, 5, 4}, function(a, b) sleep(1000) return a < b end) end end
	`)
	for _, name := range []string{"stubborn", "nested", "inside", "parked", "sorting"} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cause := errors.New("the client went away")
		done := make(chan error)
		go func() {
			_, err := call(rt, ctx, name)
			done <- err
		}()
		cancel(cause)
		if err := <-done; !errors.Is(err, cause) {
			t.Errorf("%s: got %v, want the cause", name, err)
		}
	}
}

func TestTaskThatKeepsTheTurnIsEnded(t *testing.T) {
	rt := newTestRuntime(t, Config{TurnLimit: 50 * time.Millisecond})
	script(t, rt, `
		local generator = coroutine.wrap(function() while true do pcall(function() coroutine.yield() while true do end end) end end)
		generator()
		function loop() while true do end end
		function catch() while true do pcall(loop) end end
		function elsewhere() generator() end
		function fine() return 1 end
	`)
	for _, name := range []string{"loop", "catch", "elsewhere"} {
		_, err := call(rt, t.Context(), name)
		var limit *TurnLimitError
		if !errors.As(err, &limit) {
			t.Errorf("%s: got %v, want a *TurnLimitError", name, err)
		}
		if got, err := call(rt, t.Context(), "fine"); err != nil || got != lua.LNumber(1) {
			t.Errorf("after %s: got %v, %v", name, got, err)
		}
	}
}

func TestWaitWithoutTheTurn(t *testing.T) {
	release := make(chan struct{})
	rt := newTestRuntime(t, Config{Modules: []Module{{Name: "gate", Funcs: []Func{{Name: "wait", Fn: func(L *lua.LState) int {
		v, err := Wait(L, func(ctx context.Context) (int, error) {
			select {
			case <-release:
			case <-ctx.Done():
			}
			return 7, fmt.Errorf("the world failed")
		})
		L.Push(lua.LNumber(v))
		return 1 + Fail(L, err)
	}}}}}})
	script(t, rt, "function f() local v, n, e = gate.wait() assert(n == nil and e == 'the world failed') return v end")
	done := make(chan lua.LValue)
	go func() {
		v, _ := call(rt, t.Context(), "f")
		done <- v
	}()
	script(t, rt, "x = 1") // others go on
	close(release)
	if got := <-done; got != lua.LNumber(7) {
		t.Errorf("got %v, want 7", got)
	}
}

func TestSleepArguments(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	script(t, rt, `
		for _, bad in ipairs{-1, 1/0, 0/0, 'x', {}, true} do
			local ok, e = pcall(sleep, bad)
			assert(not ok and e:find("bad argument #1 to 'sleep'", 1, true), e)
		end
		assert(not pcall(sleep)) assert(not pcall(sleep, 1, 2))
		assert(select('#', sleep(0)) == 0)
		sleep('0.001')
	`)
}

func TestScopeClosesInReverse(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	var order []string
	err := rt.Run(t.Context(), "scope", func(L *lua.LState) error {
		for _, name := range []string{"first", "second"} {
			ScopeOf(L).Add(closerFunc(func() error { order = append(order, name); return nil }))
		}
		return nil
	})
	if err != nil || strings.Join(order, " ") != "second first" {
		t.Errorf("closed %v, %v", order, err)
	}
}

type closerFunc func() error

func (f closerFunc) Close() error { return f() }
