package dialect

import (
	"math"
	"math/bits"
	"runtime"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// openBit makes the bit library of LuaJIT: 32-bit operations whose results are
// signed.
func openBit(L *lua.LState) int {
	newLibrary(L, "bit", map[string]lua.LGFunction{
		"arshift": shift(func(x int32, n uint) int32 { return x >> n }),
		"band":    fold(func(x, y int32) int32 { return x & y }),
		"bnot":    func(L *lua.LState) int { return pushBits(L, ^checkBits(L, 1)) },
		"bor":     fold(func(x, y int32) int32 { return x | y }),
		"bswap":   func(L *lua.LState) int { return pushBits(L, int32(bits.ReverseBytes32(uint32(checkBits(L, 1))))) },
		"bxor":    fold(func(x, y int32) int32 { return x ^ y }),
		"lshift":  shift(func(x int32, n uint) int32 { return x << n }),
		"rol":     shift(func(x int32, n uint) int32 { return int32(bits.RotateLeft32(uint32(x), int(n))) }),
		"ror":     shift(func(x int32, n uint) int32 { return int32(bits.RotateLeft32(uint32(x), -int(n))) }),
		"rshift":  shift(func(x int32, n uint) int32 { return int32(uint32(x) >> n) }),
		"tobit":   func(L *lua.LState) int { return pushBits(L, checkBits(L, 1)) },
		"tohex":   bitToHex,
	})
	return 0
}

// checkBits takes the low 32 bits of a number, which is rounded to the nearest
// integer, to an even one if in doubt.
func checkBits(L *lua.LState, n int) int32 {
	f := math.RoundToEven(checkNumber(L, n))
	if math.Abs(f) < 1<<62 {
		return int32(int64(f))
	}
	f = math.Mod(f, 1<<32) // NaN for a NaN or an infinity
	if f != f {
		return 0
	}
	return int32(int64(f))
}

func pushBits(L *lua.LState, x int32) int { return pushNumber(L, float64(x)) }

// fold applies op to one or more arguments.
func fold(op func(x, y int32) int32) lua.LGFunction {
	return func(L *lua.LState) int {
		x := checkBits(L, 1)
		for i := 2; i <= L.GetTop(); i++ {
			x = op(x, checkBits(L, i))
		}
		return pushBits(L, x)
	}
}

// shift applies op to a number and the low five bits of a count.
func shift(op func(x int32, n uint) int32) lua.LGFunction {
	return func(L *lua.LState) int {
		return pushBits(L, op(checkBits(L, 1), uint(checkBits(L, 2)&31)))
	}
}

// bit.tohex(x [, n]) -> the last n (8) digits, in capitals if n < 0
func bitToHex(L *lua.LState) int {
	x, n := uint32(checkBits(L, 1)), int32(8)
	if L.Get(2) != lua.LNil {
		n = checkBits(L, 2)
	}
	digits := "0123456789abcdef"
	if n < 0 {
		digits = strings.ToUpper(digits)
		n = -max(n, -8)
	}
	n = min(n, 8)
	text := make([]byte, n)
	for i := n - 1; i >= 0; i-- {
		text[i] = digits[x&15]
		x >>= 4
	}
	return pushString(L, string(text))
}

// openJIT makes a table jit for scripts that look at the version or switch the
// compiler on and off. There is none.
func openJIT(L *lua.LState) int {
	nothing := func(*lua.LState) int { return 0 }
	jit := newLibrary(L, "jit", map[string]lua.LGFunction{
		"flush": nothing, "off": nothing, "on": nothing,
		"status": func(L *lua.LState) int { return pushBool(L, false) },
	})
	jit.RawSetString("version", lua.LString("LuaJIT 2.1 dialect on gopher-lua"))
	jit.RawSetString("version_num", lua.LNumber(20100))
	jit.RawSetString("os", lua.LString("Linux"))
	arch := runtime.GOARCH
	if arch == "amd64" {
		arch = "x64"
	}
	jit.RawSetString("arch", lua.LString(arch))
	return 0
}
