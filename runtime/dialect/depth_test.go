package dialect_test

import (
	"fmt"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/dialect"
)

// recursions are ways for a script to recurse without end, by which it must not
// be able to overflow the Go stack: that ends the process.
var recursions = map[string]string{
	"plain":         "local function f() return f() + 1 end return f()",
	"pcall":         "local function f() return pcall(f) end f() error('stack overflow')",
	"pcall deep":    "local function f() local ok, e = pcall(f) if not ok then error(e, 0) end return 1 end return f()",
	"xpcall":        "local function f() return (xpcall(f, function(e) return e end)) end f() error('stack overflow')",
	"handler":       "local function h(e) return xpcall(error, h) end xpcall(error, h) error('stack overflow')",
	"__index":       "local t t = setmetatable({}, {__index = function(_, k) return t[k + 1] end}) return t[1]",
	"__newindex":    "local t t = setmetatable({}, {__newindex = function(_, k) t[k + 1] = 1 end}) t[1] = 1",
	"__call":        "local t t = setmetatable({}, {__call = function() return t() + 1 end}) return t()",
	"__add":         "local t t = setmetatable({}, {__add = function() return t + 1 end}) return t + 1",
	"__concat":      "local t t = setmetatable({}, {__concat = function() return t .. 'x' .. 1 end}) return t .. 'x'",
	"__eq":          "local e = function(a, b) return a == b end local a, b = setmetatable({}, {__eq = e}), setmetatable({}, {__eq = e}) return a == b",
	"__lt":          "local e = function(a, b) return a < b end local a, b = setmetatable({}, {__lt = e}), setmetatable({}, {__lt = e}) return a < b",
	"__len":         "local t t = setmetatable({}, {__len = function() return #t end}) return #t",
	"__tostring":    "local t t = setmetatable({}, {__tostring = function() return tostring(t) end}) return tostring(t)",
	"__unm":         "local t t = setmetatable({}, {__unm = function() return -t end}) return -t",
	"print":         "local t t = setmetatable({}, {__tostring = function() print(t) return 'x' end}) print(t)",
	"format":        "local t t = setmetatable({}, {__tostring = function() return string.format('%s', t) end}) return string.format('%s', t)",
	"gsub":          "local function f() return (('x'):gsub('x', f)) end return f()",
	"gsub index":    "local t t = setmetatable({}, {__index = function() return (('x'):gsub('x', t)) end}) return (('x'):gsub('x', t))",
	"sort":          "local function f() table.sort({1, 2, 3}, f) return true end f()",
	"foreach":       "local function f() table.foreach({1}, f) end f()",
	"load":          "local function f() load(f) error('stack overflow') end f()",
	"loadstring":    "f = loadstring('return f() + 1') return f()",
	"iterator":      "local function f() for _ in f do end end f()",
	"require":       "package.loaders = {function(n) return require(n .. 'x') end} require('x')",
	"__index chain": "local t = {} for i = 1, 1e5 do t = setmetatable({}, {__index = t}) end return t.x",
	"__index loop":  "local t = {} setmetatable(t, {__index = t}) return t.x",
	"dofile":        "dofile(scratch)",
}

func TestEndlessRecursion(t *testing.T) {
	for name, src := range recursions {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			options := stateOptions
			options.CallStackSize = 4000
			L := lua.NewState(options)
			defer L.Close()
			dialect.Open(L, dialect.Options{Stdout: &out})
			path := t.TempDir() + "/self.lua"
			writeFile(t, path, fmt.Sprintf("dofile(%q) return 1", path))
			L.SetGlobal("scratch", lua.LString(path))
			_, err := run(L, "=chunk", src)
			if err == nil {
				t.Fatal("no error")
			}
			text := dialect.ErrorValue(err.(*lua.ApiError).Object).String()
			if !strings.Contains(text, "overflow") && !strings.Contains(text, "loop") {
				t.Errorf("got error %.200q", text)
			}
		})
	}
}

// TestStackPerLevel measures the Go stack of the deepest recursion through
// protected calls, which is what bounds CallStackSize: Go ends the process
// when a goroutine's stack passes 1 GB.
func TestStackPerLevel(t *testing.T) {
	L := newState(t, dialect.Options{})
	var peak uint64
	L.SetGlobal("measure", L.NewFunction(func(L *lua.LState) int {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/stacks:bytes"}}
		metrics.Read(sample)
		peak = max(peak, sample[0].Value.Uint64())
		return 0
	}))
	for _, src := range []string{
		"local function f(n) if n == 0 then measure() else pcall(f, n - 1) end end f(4000)",
		"local function f(n) if n == 0 then measure() else xpcall(f, print, n - 1) end end f(4000)",
		"local n = 4000 local function f() n = n - 1 if n == 0 then measure() else ('x'):gsub('x', f) end end f()",
		"local n = 4000 local function f() n = n - 1 if n == 0 then measure() else table.sort({1, 2}, f) end return false end f()",
		"local n = 4000 local function h() n = n - 1 if n == 0 then measure() else xpcall(error, h) end end h()",
		"local n = 4000 local t t = setmetatable({}, {__index = function() n = n - 1 if n == 0 then measure() else return t.x end end}) return t.x",
	} {
		runtime.GC() // which shrinks the stacks of earlier tests
		peak = 0
		if _, err := run(L, "=chunk", src); err != nil {
			t.Fatal(err)
		}
		t.Logf("%6d bytes of Go stack a level: %s", peak/4000, src)
		if peak/4000*uint64(stateOptions.CallStackSize) > 500<<20 {
			t.Errorf("too much for a CallStackSize of %d", stateOptions.CallStackSize)
		}
	}
}
