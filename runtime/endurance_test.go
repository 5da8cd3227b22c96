package runtime

import (
	"context"
	goruntime "runtime"
	"sync"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// TestManyTasksLeaveNothing runs tasks that do what leaves something behind if
// anything does.
func TestManyTasksLeaveNothing(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	script(t, rt, `
		local busy, threads = {}, {}
		function handler(i)
			local id = 'mail ' .. i
			busy[id], threads[i % 100 + 1] = true, coroutine.running()
			local steps = coroutine.wrap(function() for j = 1, 3 do coroutine.yield(j) end end)
			steps()
			pcall(error, {i})
			pcall(function() local x x() end)
			xpcall(error, function(m) return debug.traceback(m) end, id)
			local same = loadstring('return ...')
			if i % 7 == 0 then sleep(0) end
			busy[id] = nil
			if i % 11 == 0 then error('failed') end
			return same(i)
		end`)
	run := func(n int) { // four at a time
		var side sync.WaitGroup
		for first := range 4 {
			side.Go(func() {
				for i := first; i < n; i += 4 {
					_, err := call(rt, t.Context(), "handler", lua.LNumber(i))
					if (err != nil) != (i%11 == 0) {
						t.Errorf("task %d: %v", i, err)
					}
				}
			})
		}
		side.Wait()
	}
	run(1000)
	goroutines, memory := goruntime.NumGoroutine(), heap()
	run(8000)
	if grown := heap() - memory; grown > 256<<10 {
		t.Errorf("8000 tasks left %d KiB", grown>>10)
	}
	eventually(t, "goroutines end", func() bool { return goruntime.NumGoroutine() <= goroutines })
}

func heap() int64 {
	goruntime.GC()
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestYieldedTasksEndWithTheirClients cancels tasks that nobody resumes, while
// others try to.
func TestYieldedTasksEndWithTheirClients(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	script(t, rt, `
		waiting = {}
		function handler()
			local me = #waiting + 1
			waiting[me] = coroutine.running()
			coroutine.wrap(function() pcall(coroutine.yield) end)()
			while true do pcall(coroutine.yield) end
		end
		function count() return #waiting end
		function resume(n) return (coroutine.resume(waiting[n])) end`)
	const tasks = 300
	before := goruntime.NumGoroutine()
	ctx, hangUp := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for range tasks {
		running.Go(func() {
			if _, err := call(rt, ctx, "handler"); err == nil {
				t.Error("a cancelled task returned")
			}
		})
	}
	eventually(t, "all tasks yield", func() bool {
		n, err := call(rt, t.Context(), "count")
		return err == nil && n == lua.LNumber(tasks)
	})
	go hangUp()
	for n := range tasks {
		if _, err := call(rt, t.Context(), "resume", lua.LNumber(n+1)); err != nil {
			t.Error(err)
		}
	}
	running.Wait()
	for n := range tasks {
		if ok, err := call(rt, t.Context(), "resume", lua.LNumber(n+1)); err != nil || ok != lua.LFalse {
			t.Fatalf("resuming an ended task: %v, %v", ok, err)
		}
	}
	eventually(t, "goroutines end", func() bool { return goruntime.NumGoroutine() <= before })
}
