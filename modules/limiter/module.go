package limiter

import (
	"math"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
)

// clock returns the time since some fixed moment.
type clock func(L *lua.LState) time.Duration

// Module returns the Lua module.
func Module() runtime.Module {
	start := time.Now()
	return newModule(func(L *lua.LState) time.Duration { return runtime.Of(L).Now().Sub(start) })
}

func newModule(now clock) runtime.Module {
	m := &module{now: now}
	m.class = &runtime.Class[*Limiter]{
		Name: "limiter",
		Doc:  "A token bucket for each key, in the daemon's memory.",
		Methods: []runtime.Func{
			{Name: "allow", Fn: m.allow,
				Sig: "l:allow(key [, n]) -> true | false, seconds",
				Doc: "Takes n tokens (1 if left out) out of the key's bucket. If it has less, takes none and returns after how many seconds there will be enough; math.huge if n is more than burst."},
			{Name: "peek", Fn: m.peek,
				Sig: "l:peek(key) -> tokens",
				Doc: "Returns how many tokens the key's bucket has, to a millionth, and takes none."},
			{Name: "reset", Fn: m.reset,
				Sig: "l:reset(key)",
				Doc: "Fills the key's bucket."},
		},
		Attrs: []runtime.Attr[*Limiter]{
			{Name: "keys", Type: "integer", Get: func(_ *lua.LState, l *Limiter) lua.LValue { return lua.LNumber(l.Keys()) },
				Doc: "How many keys are remembered: those whose bucket is not full, and some that became full lately."},
		},
	}
	return runtime.Module{
		Name:    "limiter",
		Doc:     "Token buckets, one per key, to limit rates.",
		Classes: []runtime.Describer{m.class},
		Funcs: []runtime.Func{
			{Name: "new", Fn: m.new,
				Types: map[string]string{"options": "{rate: number, per?: number, burst?: number, capacity?: integer}"},
				Sig:   "limiter.new{rate = …, per = …, burst = …, capacity = …} -> limiter",
				Doc:   "Makes a limiter: buckets of burst tokens that get rate tokens every per seconds (default 1). burst is rate if left out. At most capacity keys are remembered (default 65536)."},
		},
	}
}

type module struct {
	now   clock
	class *runtime.Class[*Limiter]
}

// limiter.new{rate = …, per = …, burst = …, capacity = …} -> limiter
func (m *module) new(L *lua.LState) int {
	runtime.NArgs(L, 1, 1)
	runtime.Table(L, 1)
	burst, interval, capacity := settings(runtime.Options(L, 1, "rate", "per", "burst", "capacity"))
	L.Push(m.class.New(L, New(burst, interval, capacity)))
	return 1
}

// l:allow(key [, n]) -> true | false, seconds
func (m *module) allow(L *lua.LState) int {
	l := m.class.Check(L, 1)
	runtime.NArgs(L, 1, 2)
	key := keyOf(runtime.String(L, 2))
	n := runtime.OptNumber(L, 3, 1)
	if !(n >= 0) || math.IsInf(n, 0) {
		runtime.ArgError(L, 3, "number of tokens expected, 0 or more, got %s", lua.LNumber(n))
	}
	wait, ok := l.Take(key, n, m.now(L))
	L.Push(lua.LBool(ok))
	if ok {
		return 1
	}
	L.Push(lua.LNumber(seconds(wait)))
	return 2
}

// l:peek(key) -> tokens
func (m *module) peek(L *lua.LState) int {
	l := m.class.Check(L, 1)
	runtime.NArgs(L, 1, 1)
	L.Push(lua.LNumber(l.Tokens(keyOf(runtime.String(L, 2)), m.now(L))))
	return 1
}

// l:reset(key)
func (m *module) reset(L *lua.LState) int {
	l := m.class.Check(L, 1)
	runtime.NArgs(L, 1, 1)
	l.Reset(keyOf(runtime.String(L, 2)))
	return 0
}

// seconds rounds up, so that sleep(seconds) is long enough.
func seconds(d time.Duration) float64 {
	if d == forever {
		return math.Inf(1)
	}
	s := d.Seconds()
	for time.Duration(s*float64(time.Second)) < d {
		s = math.Nextafter(s, math.Inf(1))
	}
	return s
}
