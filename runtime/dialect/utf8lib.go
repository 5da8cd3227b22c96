package dialect

import (
	lua "github.com/yuin/gopher-lua"
)

// utf8Pattern is utf8.charpattern: one sequence of a valid string.
const utf8Pattern = "[\x00-\x7f\xc2-\xf4][\x80-\xbf]*"

func openUTF8(L *lua.LState) int {
	t := newLibrary(L, "utf8", map[string]lua.LGFunction{
		"char":      utf8Char,
		"codepoint": utf8Codepoint,
		"codes":     utf8Codes,
		"len":       utf8Len,
		"offset":    utf8Offset,
	})
	t.RawSetString("charpattern", lua.LString(utf8Pattern))
	return 0
}

// decodeUTF8 reads the sequence at the beginning of s as Lua 5.3 does: up to
// 0x10FFFF, no overlong forms; surrogates pass. Size 0 means invalid.
func decodeUTF8(s string) (code uint32, size int) {
	if s == "" {
		return 0, 0
	}
	c := s[0]
	switch {
	case c < 0x80:
		return uint32(c), 1
	case c < 0xc2 || c > 0xf4:
		return 0, 0
	case c < 0xe0:
		code, size = uint32(c&0x1f), 2
	case c < 0xf0:
		code, size = uint32(c&0x0f), 3
	default:
		code, size = uint32(c&0x07), 4
	}
	if len(s) < size {
		return 0, 0
	}
	for i := 1; i < size; i++ {
		if s[i]&0xc0 != 0x80 {
			return 0, 0
		}
		code = code<<6 | uint32(s[i]&0x3f)
	}
	if size == 3 && code < 0x800 || size == 4 && (code < 0x10000 || code > 0x10ffff) {
		return 0, 0
	}
	return code, size
}

// utf8.char(code, …)
func utf8Char(L *lua.LState) int {
	var b []byte
	for i := 1; i <= L.GetTop(); i++ {
		code := checkInt(L, i)
		if code < 0 || code > 0x10ffff {
			argError(L, i, "value out of range")
		}
		b = appendUTF8(b, uint32(code))
	}
	return pushString(L, string(b))
}

// utf8.len(s [, i [, j]]) -> count | nil, position of the first invalid byte
func utf8Len(L *lua.LState) int {
	s := checkString(L, 1)
	i, j := utf8Position(optInt(L, 2, 1), len(s)), utf8Position(optInt(L, 3, -1), len(s))
	if i < 1 || i > len(s)+1 {
		argError(L, 2, "initial position out of string")
	}
	if j > len(s) {
		argError(L, 3, "final position out of string")
	}
	n := 0
	for at := i - 1; at < j; n++ {
		_, size := decodeUTF8(s[at:])
		if size == 0 {
			L.Push(lua.LNil)
			L.Push(lua.LNumber(at + 1))
			return 2
		}
		at += size
	}
	return pushNumber(L, float64(n))
}

// utf8Position turns a negative position into one from the beginning.
func utf8Position(i, length int) int {
	switch {
	case i >= 0:
		return i
	case i < -length:
		return 0
	}
	return length + i + 1
}

// utf8.codepoint(s [, i [, j]]) -> codes…
func utf8Codepoint(L *lua.LState) int {
	s := checkString(L, 1)
	i := utf8Position(optInt(L, 2, 1), len(s))
	j := utf8Position(optInt(L, 3, i), len(s))
	if i < 1 {
		argError(L, 2, "out of range")
	}
	if j > len(s) {
		argError(L, 3, "out of range")
	}
	n := 0
	for at := i - 1; at < j; n++ {
		code, size := decodeUTF8(s[at:])
		if size == 0 {
			raise(L, "invalid UTF-8 code")
		}
		if n == maxResults {
			raise(L, "string slice too long")
		}
		L.Push(lua.LNumber(code))
		at += size
	}
	return n
}

var utf8Iterator = goFunction(utf8Next)

// utf8.codes(s) -> iterator over position, code
func utf8Codes(L *lua.LState) int {
	s := checkString(L, 1)
	L.Push(utf8Iterator)
	L.Push(lua.LString(s))
	L.Push(lua.LNumber(0))
	return 3
}

func utf8Next(L *lua.LState) int {
	s, at := checkString(L, 1), checkInt(L, 2)
	if at > 0 { // step over the character at the last position
		_, size := decodeUTF8(s[min(at-1, len(s)):])
		at += max(size, 1) - 1
	}
	if at < 0 || at >= len(s) {
		return 0
	}
	code, size := decodeUTF8(s[at:])
	if size == 0 {
		raise(L, "invalid UTF-8 code")
	}
	L.Push(lua.LNumber(at + 1))
	L.Push(lua.LNumber(code))
	return 2
}

// utf8.offset(s, n [, i]) -> position of the n-th character counted from i
func utf8Offset(L *lua.LState) int {
	s, n := checkString(L, 1), checkInt(L, 2)
	def := 1
	if n < 0 {
		def = len(s) + 1
	}
	at := utf8Position(optInt(L, 3, def), len(s)) - 1
	if at < 0 || at > len(s) {
		argError(L, 3, "position out of range")
	}
	if n == 0 {
		for at > 0 && continues(s, at) {
			at--
		}
		return pushNumber(L, float64(at+1))
	}
	if continues(s, at) {
		raise(L, "initial position is a continuation byte")
	}
	for ; n < 0 && at > 0; n++ {
		for at--; at > 0 && continues(s, at); at-- {
		}
	}
	if n > 0 {
		for n--; n > 0 && at < len(s); n-- {
			for at++; continues(s, at); at++ {
			}
		}
	}
	if n != 0 {
		L.Push(lua.LNil)
		return 1
	}
	return pushNumber(L, float64(at+1))
}

// continues reports whether the byte at i continues a sequence.
func continues(s string, i int) bool { return i < len(s) && s[i]&0xc0 == 0x80 }
