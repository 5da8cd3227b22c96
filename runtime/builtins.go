package runtime

import (
	"context"
	"math"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/inspect"
)

// Builtins are the global functions of the engine itself.
func Builtins() []Func {
	return []Func{
		{Name: "sleep", Fn: sleep, Sig: "sleep(seconds)", Doc: "Waits for that many seconds, fractions allowed, while other tasks run. Negative and infinite times raise."},
		{Name: "inspect", Fn: inspectValue, Sig: "inspect(value) -> string", Doc: "Returns readable text of any value: keys sorted, cycles marked."},
		memoizeFunc(),
	}
}

// BuiltinClasses are the objects of the engine itself, but for coroutines.
func BuiltinClasses() []Describer {
	return []Describer{newMemoClass(), &AddressClass}
}

// Descriptions returns all functions that the engine itself adds to the standard
// libraries or puts in their place, by their full names.
func Descriptions() []Func {
	all := Builtins()
	for _, f := range coroutineFuncs() {
		f.Name = "coroutine." + f.Name
		all = append(all, f)
	}
	return all
}

// openBuiltins makes the functions globals that require finds as well, as it does
// modules: scripts say inspect = require 'inspect'.
func (rt *Runtime) openBuiltins(L *lua.LState) {
	for _, f := range Builtins() {
		rt.setModule(L, f.Name, rt.newFunction(L, f.Name, f))
	}
}

// maxSleep is as long as a time.Duration can be: 292 years.
const maxSleep = float64(math.MaxInt64) / float64(time.Second)

// sleep(seconds) waits. Raises if seconds is negative, infinite or no number.
func sleep(L *lua.LState) int {
	NArgs(L, 1, 1)
	seconds := Number(L, 1)
	if !(seconds >= 0) || math.IsInf(seconds, 0) {
		ArgError(L, 1, "seconds expected, 0 or more, got %v", seconds)
	}
	d := time.Duration(math.MaxInt64)
	if seconds < maxSleep {
		d = time.Duration(seconds * float64(time.Second))
	}
	_, _ = Wait(L, func(ctx context.Context) (struct{}, error) {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		return struct{}{}, nil
	})
	return 0
}

// inspect(value) -> readable text of any value
func inspectValue(L *lua.LState) int {
	NArgs(L, 1, 1)
	L.Push(lua.LString(inspect.String(L.Get(1))))
	return 1
}
