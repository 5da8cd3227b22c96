package dialect

import (
	"math"
	"math/rand/v2"

	lua "github.com/yuin/gopher-lua"
)

// mathFunctions are those of one number.
var mathFunctions = map[string]func(float64) float64{
	"abs": math.Abs, "acos": math.Acos, "asin": math.Asin, "ceil": math.Ceil,
	"cos": math.Cos, "cosh": math.Cosh, "exp": math.Exp, "floor": math.Floor,
	"log10": math.Log10, "sin": math.Sin, "sinh": math.Sinh, "sqrt": math.Sqrt,
	"tan": math.Tan, "tanh": math.Tanh,
	"deg": func(x float64) float64 { return x * (180 / math.Pi) },
	"rad": func(x float64) float64 { return x * (math.Pi / 180) },
}

func openMath(L *lua.LState) int {
	rng := &random{source: rand.NewPCG(rand.Uint64(), rand.Uint64())}
	rng.Rand = rand.New(rng.source)
	t := newLibrary(L, lua.MathLibName, map[string]lua.LGFunction{
		"atan":       func(L *lua.LState) int { return pushNumber(L, math.Atan2(checkNumber(L, 1), optNumber(L, 2, 1))) },
		"atan2":      func(L *lua.LState) int { return pushNumber(L, math.Atan2(checkNumber(L, 1), checkNumber(L, 2))) },
		"fmod":       func(L *lua.LState) int { return pushNumber(L, math.Mod(checkNumber(L, 1), checkNumber(L, 2))) },
		"frexp":      mathFrexp,
		"ldexp":      func(L *lua.LState) int { return pushNumber(L, math.Ldexp(checkNumber(L, 1), checkInt(L, 2))) },
		"log":        mathLog,
		"max":        func(L *lua.LState) int { return extreme(L, func(a, b float64) bool { return a > b }) },
		"min":        func(L *lua.LState) int { return extreme(L, func(a, b float64) bool { return a < b }) },
		"mod":        func(L *lua.LState) int { return pushNumber(L, math.Mod(checkNumber(L, 1), checkNumber(L, 2))) },
		"modf":       mathModf,
		"pow":        func(L *lua.LState) int { return pushNumber(L, math.Pow(checkNumber(L, 1), checkNumber(L, 2))) },
		"random":     rng.random,
		"randomseed": rng.seed,
		"tointeger":  mathToInteger,
		"type":       mathType,
		"ult":        mathUlt,
	})
	for name, f := range mathFunctions {
		t.RawSetString(name, L.NewFunction(func(L *lua.LState) int { return pushNumber(L, f(checkNumber(L, 1))) }))
	}
	t.RawSetString("pi", lua.LNumber(math.Pi))
	t.RawSetString("huge", lua.LNumber(math.Inf(1)))
	t.RawSetString("maxinteger", lua.LNumber(exactInt))
	t.RawSetString("mininteger", lua.LNumber(-exactInt))
	return 0
}

// math.frexp(x) -> mantissa, exponent
func mathFrexp(L *lua.LState) int {
	m, e := math.Frexp(checkNumber(L, 1))
	L.Push(lua.LNumber(m))
	L.Push(lua.LNumber(e))
	return 2
}

// math.modf(x) -> integral part, fraction
func mathModf(L *lua.LState) int {
	x := checkNumber(L, 1)
	whole, fraction := math.Trunc(x), 0.0
	if !math.IsInf(x, 0) {
		fraction = x - whole
	}
	L.Push(lua.LNumber(whole))
	L.Push(lua.LNumber(math.Copysign(fraction, x)))
	return 2
}

// math.log(x [, base])
func mathLog(L *lua.LState) int {
	x := checkNumber(L, 1)
	if L.Get(2) == lua.LNil {
		return pushNumber(L, math.Log(x))
	}
	switch base := checkNumber(L, 2); base {
	case 2:
		return pushNumber(L, math.Log2(x))
	case 10:
		return pushNumber(L, math.Log10(x))
	default:
		return pushNumber(L, math.Log(x)/math.Log(base))
	}
}

// extreme returns the argument that comes before all others.
func extreme(L *lua.LState, before func(a, b float64) bool) int {
	best := checkNumber(L, 1)
	for i := 2; i <= L.GetTop(); i++ {
		if x := checkNumber(L, i); before(x, best) {
			best = x
		}
	}
	return pushNumber(L, best)
}

// random holds the generator of one state. It is for dice, not for secrets.
type random struct {
	*rand.Rand
	source *rand.PCG
}

// math.randomseed([seed])
func (r *random) seed(L *lua.LState) int {
	if L.GetTop() == 0 {
		r.source.Seed(rand.Uint64(), rand.Uint64())
		return 0
	}
	r.source.Seed(math.Float64bits(checkNumber(L, 1)), 0x9e3779b97f4a7c15)
	return 0
}

// math.random() -> [0, 1) | math.random([m,] n) -> integer from m (1) to n
//
// As in LuaJIT, nothing is wrong with an empty interval: t[math.random(#t)] is
// nil if t is empty.
func (r *random) random(L *lua.LState) int {
	x := r.Float64()
	if L.GetTop() == 0 {
		return pushNumber(L, x)
	}
	lo, hi := 1.0, math.Floor(checkNumber(L, 1))
	if L.GetTop() > 1 {
		lo, hi = hi, math.Floor(checkNumber(L, 2))
	}
	return pushNumber(L, math.Floor(x*(hi-lo+1))+lo)
}

// integral reports whether x is an integer that doubles hold exactly.
func integral(x float64) bool { return x == math.Trunc(x) && math.Abs(x) <= exactInt }

// math.type(x) -> 'integer' | 'float' | nil
//
// All numbers are doubles; those without a fraction up to 2^53 count as
// integers.
func mathType(L *lua.LState) int {
	n, ok := checkAny(L, 1).(lua.LNumber)
	switch {
	case !ok:
		L.Push(lua.LNil)
		return 1
	case integral(float64(n)):
		return pushString(L, "integer")
	}
	return pushString(L, "float")
}

// math.tointeger(x) -> integer | nil
func mathToInteger(L *lua.LState) int {
	n, ok := toNumber(checkAny(L, 1))
	if !ok || !integral(n) {
		L.Push(lua.LNil)
		return 1
	}
	return pushNumber(L, n)
}

// math.ult(m, n): whether m < n as unsigned 64-bit integers
func mathUlt(L *lua.LState) int {
	return pushBool(L, uint64(checkInt(L, 1)) < uint64(checkInt(L, 2)))
}
