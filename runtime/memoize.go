package runtime

import (
	"container/list"
	"context"
	"errors"
	"math"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// Defaults and limits of memoize's options.
const (
	defaultMemoTTL      = 60 // seconds
	defaultMemoCapacity = 1000
	maxMemoCapacity     = 1_000_000
)

// memoRetry is the least time between two attempts to refresh a value while
// they fail.
const memoRetry = time.Second

// A memo remembers what a Lua function returns for its arguments. Everything
// in it is guarded by the turn.
type memo struct {
	rt       *Runtime
	fn       *lua.LFunction
	ttl      time.Duration // how long a value is fresh
	stale    time.Duration // for how long after that it is better than none
	capacity int
	entries  map[string]*list.Element // of *memoEntry
	recent   list.List                // the last used in front
	loads    map[string]*memoLoad     // calls of fn that run
}

// A memoEntry is what fn returned for one combination of arguments.
type memoEntry struct {
	key    string
	values []lua.LValue
	loaded time.Time
	retry  time.Time // no attempt to refresh before
}

// A memoLoad is one call of fn, for all who want its result.
type memoLoad struct {
	done    chan struct{} // closed at the end
	values  []lua.LValue
	err     error
	awaited bool      // somebody waits for it
	needs   *memoLoad // that its own task waits for at the moment
}

// memoLoadKey is the key in a task's context of the memoLoad that it is for.
type memoLoadKey struct{}

// memoizeFunc describes memoize.
func memoizeFunc() Func {
	class := newMemoClass()
	return Func{
		Name: "memoize",
		Sig:  "memoize(fn [, {ttl=, capacity=, stale=}]) -> memo",
		Doc: "Returns an object that is called like fn and remembers what fn returned for these arguments for ttl seconds (60), " +
			"the last capacity (1000) combinations of them. Calls at the same time with the same arguments share one call of fn. " +
			"For stale further seconds (0) a call gets the old value at once while a new one is fetched in the background. " +
			"Errors, and results nil, message, are not remembered. Waits if it has to call fn.",
		Fn: func(L *lua.LState) int {
			NArgs(L, 1, 2)
			m := &memo{rt: Of(L), fn: Function(L, 1), entries: map[string]*list.Element{}, loads: map[string]*memoLoad{}}
			o := Options(L, 2, "ttl", "capacity", "stale")
			m.ttl = memoSeconds(o, "ttl", defaultMemoTTL)
			m.stale = memoSeconds(o, "stale", 0)
			m.capacity = memoCapacity(o)
			L.Push(class.New(L, m))
			return 1
		},
	}
}

func newMemoClass() *Class[*memo] {
	class := &Class[*memo]{Name: "memoize", Doc: "What memoize returns. It is called like the function that it was made of."}
	class.Meta = []Func{{Name: "__call", Sig: "memo(...) -> ...", Doc: "Returns what fn returns for these arguments, remembered or not.", Fn: func(L *lua.LState) int {
		return class.Check(L, 1).call(L, arguments(L, 2))
	}}}
	class.Methods = []Func{
		{Name: "invalidate", Sig: "memo:invalidate(...)",
			Doc: "Forgets the value for these arguments, also that of a call of fn that is under way.",
			Fn: func(L *lua.LState) int {
				class.Check(L, 1).forget(memoKey(L, arguments(L, 2)))
				return 0
			}},
		{Name: "clear", Sig: "memo:clear()",
			Doc: "Forgets all values.",
			Fn: func(L *lua.LState) int {
				m := class.Check(L, 1)
				NArgs(L, 0, 0)
				m.recent.Init()
				clear(m.entries)
				clear(m.loads)
				return 0
			}},
	}
	return class
}

// memoSeconds reads an option in seconds, which may be math.huge.
func memoSeconds(o *OptionsTable, name string, def float64) time.Duration {
	v := o.Number(name, def)
	if !(v >= 0) {
		o.Error(name, "seconds expected, 0 or more")
	}
	if v >= maxSleep {
		return math.MaxInt64
	}
	return time.Duration(v * float64(time.Second))
}

func memoCapacity(o *OptionsTable) int {
	v := o.Number("capacity", defaultMemoCapacity)
	if v != math.Trunc(v) || v < 1 || v > maxMemoCapacity {
		o.Error("capacity", "whole number from 1 to 1000000 expected")
	}
	return int(v)
}

// call returns the results of fn, remembered or not.
func (m *memo) call(L *lua.LState, args []lua.LValue) int {
	key := memoKey(L, args)
	now := m.rt.Now()
	if e := m.lookup(key); e != nil {
		age := now.Sub(e.loaded)
		if age < m.ttl {
			return Results(L, e.values...)
		}
		if age-m.ttl < m.stale {
			if m.loads[key] == nil && now.After(e.retry) {
				m.load(key, args)
			}
			return Results(L, e.values...)
		}
	}
	load := m.loads[key]
	if load == nil {
		load = m.load(key, args)
	}
	load.await(L)
	if load.err != nil {
		raiseMemoized(L, load.err)
	}
	return Results(L, load.values...)
}

// await waits for the end of a call of fn. It raises if that call in turn
// waits for the running task.
func (l *memoLoad) await(L *lua.LState) {
	own, _ := Context(L).Value(memoLoadKey{}).(*memoLoad)
	if own != nil {
		for other := l; other != nil; other = other.needs {
			if other == own {
				Raise(L, "a memoized function needs its own result for the same arguments")
			}
		}
		own.needs = l
		defer func() { own.needs = nil }()
	}
	l.awaited = true
	_, _ = Wait(L, func(ctx context.Context) (struct{}, error) {
		select {
		case <-l.done:
		case <-ctx.Done():
		}
		return struct{}{}, nil
	})
}

// lookup returns what is remembered, however old.
func (m *memo) lookup(key string) *memoEntry {
	element, ok := m.entries[key]
	if !ok {
		return nil
	}
	m.recent.MoveToFront(element)
	return element.Value.(*memoEntry)
}

// load calls fn as a task of its own: those who wait for it may be cancelled.
func (m *memo) load(key string, args []lua.LValue) *memoLoad {
	load := &memoLoad{done: make(chan struct{})}
	m.loads[key] = load
	m.rt.Spawn(func(ctx context.Context) {
		defer close(load.done)
		ctx = context.WithValue(ctx, memoLoadKey{}, load)
		err := m.rt.Run(ctx, "memoized function", func(L *lua.LState) error {
			load.values, load.err = callValues(L, m.fn, args)
			m.loaded(key, load)
			return nil
		})
		if load.err == nil {
			load.err = err
		}
	})
	return load
}

// loaded takes over what fn returned, unless that was declared invalid
// meanwhile.
func (m *memo) loaded(key string, load *memoLoad) {
	if failure := load.failure(); failure != nil && !load.awaited {
		m.rt.opts.Logger.Warn("refreshing a memoized value failed", ErrorAttrs(failure)...)
	}
	if m.loads[key] != load {
		return
	}
	delete(m.loads, key)
	now := m.rt.Now()
	if load.failure() != nil {
		if e := m.lookup(key); e != nil {
			e.retry = now.Add(memoRetry)
		}
		return
	}
	m.forget(key)
	m.entries[key] = m.recent.PushFront(&memoEntry{key: key, values: load.values, loaded: now})
	if m.recent.Len() > m.capacity {
		m.forget(m.recent.Back().Value.(*memoEntry).key)
	}
}

// failure returns why a result is not remembered: fn has raised, or returned
// nil and a message.
func (l *memoLoad) failure() error {
	if l.err != nil {
		return l.err
	}
	if len(l.values) >= 2 && l.values[0] == lua.LNil && l.values[1] != lua.LNil {
		return errors.New(valueText(l.values[1]))
	}
	return nil
}

// forget drops a value, and has the result of a call that is under way not
// remembered.
func (m *memo) forget(key string) {
	delete(m.loads, key)
	if element, ok := m.entries[key]; ok {
		m.recent.Remove(element)
		delete(m.entries, key)
	}
}

// raiseMemoized raises what fn has raised, for each of those who waited.
func raiseMemoized(L *lua.LState, err error) {
	L.Error(errorValue(err), 0)
}
