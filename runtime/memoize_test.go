package runtime_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
)

// tasksModule gives test scripts spawn(fn), which runs fn as a task, and
// cancellable(fn), which does so and returns a function that cancels the task.
func tasksModule() runtime.Module {
	return runtime.Module{
		Name: "tasks",
		Open: func(rt *runtime.Runtime, L *lua.LState) lua.LValue {
			rt.SetGlobals(L, []runtime.Func{
				{Name: "spawn", Fn: func(L *lua.LState) int {
					rt.Go("spawned", runtime.Function(L, 1))
					return 0
				}},
				{Name: "cancellable", Fn: func(L *lua.LState) int {
					fn := runtime.Function(L, 1)
					ctx, cancel := context.WithCancel(context.Background())
					rt.Spawn(func(context.Context) {
						_ = rt.Run(ctx, "cancellable", func(L *lua.LState) error { return runtime.Call(L, fn, 0) })
					})
					L.Push(L.NewFunction(func(*lua.LState) int {
						cancel()
						return 0
					}))
					return 1
				}},
			})
			return nil
		},
	}
}

// A failure that no caller hears of is logged.
func TestMemoizeLogsFailedRefresh(t *testing.T) {
	var mu sync.Mutex
	var logged bytes.Buffer
	rt, err := runtime.New(runtime.Config{
		Stdout: io.Discard,
		Logger: slog.New(slog.NewTextHandler(writer(func(p []byte) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			return logged.Write(p)
		}), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	err = rt.DoString(t.Context(), "=test", `
		local calls = 0
		local memo = memoize(function(how)
			calls = calls + 1
			if calls > 2 and how == 'raise' then error('raised') elseif calls > 2 then return nil, 'returned' end
			return 'value'
		end, {ttl = 0, stale = 60})
		memo('raise')
		memo('nil')
		memo('raise')
		memo('nil')
		while calls < 4 do sleep(0.001) end
	`)
	if err != nil {
		t.Fatal(err)
	}
	if err := rt.Close(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"refreshing a memoized value failed", "raised", "returned"} {
		if !strings.Contains(logged.String(), want) {
			t.Errorf("not logged: %s in %s", want, &logged)
		}
	}
}

type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func BenchmarkMemoizeHit(b *testing.B) {
	rt, err := runtime.New(runtime.Config{Stdout: io.Discard, Logger: slog.New(slog.DiscardHandler), TurnLimit: -1})
	if err != nil {
		b.Fatal(err)
	}
	defer rt.Close()
	if err := rt.DoString(b.Context(), "=bench", `memo = memoize(function(key) return key end) memo('key')`); err != nil {
		b.Fatal(err)
	}
	err = rt.Run(b.Context(), "bench", func(L *lua.LState) error {
		memo := L.GetGlobal("memo")
		for b.Loop() {
			L.Push(memo)
			L.Push(lua.LString("key"))
			if err := L.PCall(1, 0, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
