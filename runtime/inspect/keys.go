package inspect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// contents returns the number of array elements, and the other keys sorted:
// numbers, booleans, strings, and then the rest in the table's own order.
func contents(t *lua.LTable) (length int, keys []lua.LValue) {
	for t.RawGetInt(length+1) != lua.LNil {
		length++
	}
	for k, _ := t.Next(lua.LNil); k != lua.LNil; k, _ = t.Next(k) {
		n, ok := k.(lua.LNumber)
		if !ok || n < 1 || n > lua.LNumber(length) || n != lua.LNumber(int(n)) {
			keys = append(keys, k)
		}
	}
	slices.SortStableFunc(keys, compareKeys)
	return length, keys
}

func compareKeys(a, b lua.LValue) int {
	if c := cmp.Compare(rank(a), rank(b)); c != 0 {
		return c
	}
	switch a := a.(type) {
	case lua.LNumber:
		return cmp.Compare(a, b.(lua.LNumber))
	case lua.LString:
		return cmp.Compare(a, b.(lua.LString))
	case lua.LBool:
		if a == b {
			return 0
		}
		if a {
			return 1
		}
		return -1
	}
	return 0
}

func rank(v lua.LValue) int {
	return slices.Index([]lua.LValueType{
		lua.LTNumber, lua.LTBool, lua.LTString, lua.LTTable, lua.LTFunction, lua.LTUserData, lua.LTThread,
	}, v.Type())
}

// reserved are the words that cannot be keys without brackets.
var reserved = strings.Fields(`and break do else elseif end false for function goto if in local nil not or
	repeat return then true until while`)

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && !slices.Contains(reserved, s)
}

// quote puts s in double quotes, or in single ones if that saves escapes.
func quote(s string) string {
	s = escape(s)
	if strings.Contains(s, `"`) && !strings.Contains(s, "'") {
		return "'" + s + "'"
	}
	return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
}

// shortEscapes are control characters with an escape of their own.
var shortEscapes = map[byte]string{
	'\a': `\a`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\v': `\v`, '\\': `\\`, 0x7f: `\127`,
}

// escape makes control characters and backslashes visible.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		short, ok := shortEscapes[c]
		switch {
		case ok:
			b.WriteString(short)
		case c >= ' ':
			b.WriteByte(c)
		case i+1 < len(s) && '0' <= s[i+1] && s[i+1] <= '9':
			fmt.Fprintf(&b, `\%03d`, c)
		default:
			fmt.Fprintf(&b, `\%d`, c)
		}
	}
	return b.String()
}
