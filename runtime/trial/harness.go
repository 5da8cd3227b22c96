package trial

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/luatest/assert"
)

//go:embed harness.lua
var harnessLua string

// DefaultTimeout ends a test that goes on for ever. Sleeping costs no time, so
// real tests are much faster.
const DefaultTimeout = 10 * time.Second

// maxSlept is how far the clock of tests goes, so that it has not to overflow.
const maxSlept = 100 * 365 * 24 * time.Hour

// A harness runs one test file in a virtual machine of its own.
type harness struct {
	trial  *Trial
	tests  []luaTest
	record recorder
	slept  time.Duration // by all tests so far: the clock never goes back
	began  time.Duration // what that was when the current test began
}

type luaTest struct {
	name string
	fn   *lua.LFunction
}

// open makes the virtual machine with the functions for tests.
func openHarness(ctx context.Context, o Options) (*harness, error) {
	h := &harness{}
	o.Config = ""
	o.Now = h.now
	o.Replace = map[string]lua.LGFunction{"sleep": h.sleep}
	o.Modules = append([]runtime.Module{{
		Name: "testing",
		Doc:  "Tests of policies.",
		Open: func(rt *runtime.Runtime, L *lua.LState) lua.LValue {
			rt.SetGlobals(L, h.funcs())
			return nil
		},
	}}, o.Modules...)
	var err error
	if h.trial, err = Open(ctx, o); err != nil {
		return nil, err
	}
	for name, source := range map[string]string{"=assert": assert.Source, "=testing": harnessLua} {
		if err := h.trial.rt.DoString(ctx, name, source); err != nil {
			return nil, errors.Join(err, h.trial.Close())
		}
	}
	return h, nil
}

// TestFuncs describes the functions that test files have.
func TestFuncs() []runtime.Func {
	all := append((&harness{}).funcs(), runtime.Func{
		Name: "database", Sig: "database(answers) -> db",
		Doc:   "Makes a fake database with the methods of a real one. The answers are a function of the SQL text and the parameters, which returns rows, {{column = value, …}, …}, or nil and a message; or a table of rows, or of functions of the parameters, by SQL text. db.queries lists what was asked.",
		Types: map[string]string{"answers": "table|function", "-> db": "table"},
	})
	return append(all, assert.Funcs()...)
}

func (h *harness) funcs() []runtime.Func {
	return []runtime.Func{
		{Name: "test", Fn: h.test, Sig: "test(name, fn)", Doc: "Adds a test. It fails if fn raises."},
		{Name: "config", Fn: h.config, Sig: "config(path)", Doc: "Runs a configuration as the daemon does at start-up, but listens nowhere."},
		{Name: "mail", Fn: h.mail, Sig: "mail{sender=, recipients=, headers=, body=, message=, uid=, gid=, pid=, cgroup=, xattr=, mounts=, peer=} -> mail", Doc: "Makes a mail of a client that does not exist; every field has a default."},
		{Name: "submit", Fn: h.submit, Sig: "submit(mail [, listener]) -> decision", Doc: "Calls the handler of a listener and returns what it decided: action, kind, target, args, env, text, timeout, sender, account, headers, calls. Raises what the handler raises."},
		{Name: "clock", Fn: h.getClock, Sig: "clock() -> seconds", Doc: "Returns how long the test has slept. A test sleeps without waiting."},
	}
}

// test(name, fn)
func (h *harness) test(L *lua.LState) int {
	runtime.NArgs(L, 2, 2)
	h.tests = append(h.tests, luaTest{runtime.String(L, 1), runtime.Function(L, 2)})
	return 0
}

// clock() -> seconds
func (h *harness) getClock(L *lua.LState) int {
	runtime.NArgs(L, 0, 0)
	L.Push(lua.LNumber((h.slept - h.began).Seconds()))
	return 1
}

// now is the clock of tests: it goes on where the real one is, and sleeping
// advances it.
func (h *harness) now() time.Time { return time.Now().Add(h.slept) }

// sleep(seconds) lets other tasks run, and advances the clock.
func (h *harness) sleep(L *lua.LState) int {
	runtime.NArgs(L, 1, 1)
	seconds := runtime.Number(L, 1)
	if !(seconds >= 0) || math.IsInf(seconds, 0) {
		runtime.ArgError(L, 1, "seconds expected, 0 or more, got %v", seconds)
	}
	if seconds > (maxSlept - h.slept).Seconds() {
		runtime.ArgError(L, 1, "tests can sleep for a century in all, not for %v more seconds", seconds)
	}
	h.slept += time.Duration(seconds * float64(time.Second))
	_, err := runtime.Wait(L, func(ctx context.Context) (struct{}, error) { return struct{}{}, ctx.Err() })
	if err != nil {
		return runtime.Fail(L, err)
	}
	return 0
}

// config(path)
func (h *harness) config(L *lua.LState) int {
	runtime.NArgs(L, 1, 1)
	path := runtime.String(L, 1)
	if len(h.trial.Listeners()) > 0 {
		runtime.Raise(L, "a configuration has been read already; another one needs a test file of its own")
	}
	err := inFolder(filepath.Dir(path), func() error {
		L.Push(L.GetGlobal("dofile"))
		L.Push(lua.LString(filepath.Base(path)))
		L.Call(1, 0) // unprotected, so that the traceback of an error has the script
		return h.trial.server.Configured(L)
	})
	if err != nil {
		runtime.Raise(L, "%s", err)
	}
	return 0
}

// inFolder runs fn in a folder.
func inFolder(folder string, fn func() error) (err error) {
	back, err := os.Getwd()
	if err != nil {
		return err
	}
	if err := os.Chdir(folder); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Chdir(back)) }()
	return fn()
}

// run runs one test.
func (h *harness) run(ctx context.Context, t luaTest, timeout time.Duration) error {
	h.record.calls = nil
	late := fmt.Errorf("the test took more than %s", timeout)
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, late)
	defer cancel()
	return h.trial.rt.Run(h.record.context(ctx), "test", func(L *lua.LState) error {
		h.began = h.slept
		return runtime.Call(L, t.fn, 0)
	})
}
