package dialect

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func openString(L *lua.LState) int {
	t := newLibrary(L, lua.StringLibName, map[string]lua.LGFunction{
		"byte":    stringByte,
		"char":    stringChar,
		"dump":    stringDump,
		"find":    stringFind,
		"format":  stringFormat,
		"gmatch":  stringGmatch,
		"gsub":    stringGsub,
		"len":     func(L *lua.LState) int { return pushNumber(L, float64(len(checkString(L, 1)))) },
		"lower":   func(L *lua.LState) int { return pushString(L, mapASCII(checkString(L, 1), 'A', 'Z')) },
		"match":   stringMatch,
		"rep":     stringRep,
		"reverse": stringReverse,
		"sub":     stringSub,
		"upper":   func(L *lua.LState) int { return pushString(L, mapASCII(checkString(L, 1), 'a', 'z')) },
	})
	for _, name := range []string{"pack", "packsize", "unpack"} {
		t.RawSetString(name, L.NewFunction(func(L *lua.LState) int {
			raise(L, "string.%s of Lua 5.3 does not exist here: write string.char and string.byte with bit operations", name)
			return 0
		}))
	}
	t.RawSetString("gfind", t.RawGetString("gmatch")) // its name in Lua 5.0
	mt := L.CreateTable(0, 8)
	mt.RawSetString("__index", t)
	for op, event := range map[string]string{
		"+": "__add", "-": "__sub", "*": "__mul", "/": "__div", "%": "__mod", "^": "__pow",
	} {
		mt.RawSetString(event, L.NewFunction(func(L *lua.LState) int { return stringArithmetic(L, op, event) }))
	}
	mt.RawSetString("__unm", L.NewFunction(func(L *lua.LState) int {
		return pushNumber(L, -operand(L, 1))
	}))
	L.SetMetatable(lua.LString(""), mt)
	return 0
}

// stringArithmetic (a, b) computes with a string as an operand, by the rules
// of ParseNumber. An operand with the metamethod goes first.
func stringArithmetic(L *lua.LState, op, event string) int {
	for i := 1; i <= 2; i++ {
		v := L.Get(i)
		if v.Type() == lua.LTString {
			continue
		}
		if fn := L.GetMetaField(v, event); fn != lua.LNil {
			L.Push(call1(L, fn, L.Get(1), L.Get(2)))
			return 1
		}
	}
	return pushNumber(L, arithmetic(op, operand(L, 1), operand(L, 2)))
}

func operand(L *lua.LState, n int) float64 {
	f, ok := toNumber(L.Get(n))
	if !ok {
		raise(L, "attempt to perform arithmetic on %s", describeArgument(L, n))
	}
	return f
}

// mapASCII swaps the case of the letters from lo to hi, as in the C locale.
func mapASCII(s string, lo, hi byte) string {
	for i := range len(s) {
		if lo <= s[i] && s[i] <= hi {
			b := []byte(s)
			for ; i < len(b); i++ {
				if lo <= b[i] && b[i] <= hi {
					b[i] ^= 0x20
				}
			}
			return string(b)
		}
	}
	return s
}

// span turns Lua positions i and j, as of string.sub, into the bounds of a
// slice.
func span(i, j, length int) (from, to int) {
	from = position(i, length)
	switch {
	case j < 0:
		to = max(length+j+1, 0)
	default:
		to = min(j, length)
	}
	if from >= to {
		return 0, 0
	}
	return from, to
}

// string.sub(s, i [, j])
func stringSub(L *lua.LState) int {
	s := checkString(L, 1)
	from, to := span(checkInt(L, 2), optInt(L, 3, -1), len(s))
	return pushString(L, s[from:to])
}

// string.byte(s [, i [, j]]) -> codes…
func stringByte(L *lua.LState) int {
	s := checkString(L, 1)
	i := optInt(L, 2, 1)
	from, to := span(i, optInt(L, 3, i), len(s))
	if i == 0 && L.Get(3) == lua.LNil {
		return 0
	}
	if to-from > maxResults {
		raise(L, "string slice too long")
	}
	for _, c := range []byte(s[from:to]) {
		L.Push(lua.LNumber(c))
	}
	return to - from
}

// string.char(…)
func stringChar(L *lua.LState) int {
	b := make([]byte, L.GetTop())
	for i := range b {
		c := checkInt(L, i+1)
		if c < 0 || c > 255 {
			argError(L, i+1, "invalid value")
		}
		b[i] = byte(c)
	}
	return pushString(L, string(b))
}

func stringDump(L *lua.LState) int {
	checkFunction(L, 1)
	raise(L, "unable to dump given function: there are no binary chunks here, keep the source text")
	return 0
}

// string.rep(s, n [, sep])
func stringRep(L *lua.LState) int {
	s, n, sep := checkString(L, 1), checkInt(L, 2), optString(L, 3, "")
	size := len(s) + len(sep)
	if n <= 0 || size == 0 {
		return pushString(L, "")
	}
	if n > maxString/size {
		raise(L, "resulting string too large")
	}
	if sep == "" {
		return pushString(L, strings.Repeat(s, n))
	}
	return pushString(L, strings.Repeat(s+sep, n-1)+s)
}

// string.reverse(s)
func stringReverse(L *lua.LState) int {
	s := checkString(L, 1)
	b := make([]byte, len(s))
	for i := range len(s) {
		b[len(s)-1-i] = s[i]
	}
	return pushString(L, string(b))
}
