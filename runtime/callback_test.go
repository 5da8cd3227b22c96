package runtime

import (
	"log/slog"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// global reads a global variable.
func global(rt *Runtime, name string) (value lua.LValue) {
	_ = rt.Run(rt.life.ctx, "global", func(L *lua.LState) error {
		value = L.GetGlobal(name)
		return nil
	})
	return value
}

func callback(rt *Runtime, name string) *Callback {
	return rt.Callback(name, global(rt, name).(*lua.LFunction))
}

func TestCallbackMergesWhatComesWhileItRuns(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	script(t, rt, `
		runs, active, gate, last = 0, 0, false, nil
		function event(v)
			active = active + 1
			assert(active == 1, 'two at once')
			runs, last = runs + 1, v
			while not gate do sleep(0.001) end
			active = active - 1
		end`)
	c := callback(rt, "event")
	c.Fire(lua.LString("first"))
	eventually(t, "first run", func() bool { return global(rt, "runs") == lua.LNumber(1) })
	for range 50 {
		c.Fire(lua.LString("middle"))
	}
	c.Fire(lua.LString("last"))
	script(t, rt, "gate = true")
	eventually(t, "second run", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return !c.running
	})
	script(t, rt, "assert(runs == 2 and last == 'last' and active == 0, runs)")
}

func TestCallbackSurvivesErrors(t *testing.T) {
	var log output
	rt := newTestRuntime(t, Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	script(t, rt, "runs = 0 function event() runs = runs + 1 error('broken ' .. runs) end")
	c := callback(rt, "event")
	for want := 1; want <= 2; want++ {
		c.Fire()
		eventually(t, "run", func() bool { return global(rt, "runs") == lua.LNumber(want) })
		eventually(t, "idle", func() bool { c.mu.Lock(); defer c.mu.Unlock(); return !c.running })
	}
	if !strings.Contains(log.String(), "broken 2") || !strings.Contains(log.String(), "traceback") {
		t.Errorf("the log lacks the error:\n%s", log.String())
	}
}

func TestClosedCallbackDoesNothing(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	script(t, rt, "runs = 0 function event() runs = runs + 1 end")
	c := callback(rt, "event")
	c.Close()
	c.Fire()
	script(t, rt, "sleep(0) assert(runs == 0)")
}

func TestGoRunsATask(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	script(t, rt, "function f(v) sleep(0) result = v end")
	err := rt.Run(t.Context(), "start", func(L *lua.LState) error {
		rt.Go("f", L.GetGlobal("f").(*lua.LFunction), lua.LNumber(3))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "result", func() bool { return global(rt, "result") == lua.LNumber(3) })
}
