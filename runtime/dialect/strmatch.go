package dialect

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// specials are the bytes that make a pattern more than plain text.
const specials = "^$*+?.([%-"

// position turns a Lua position (from 1; negative from the end) into an index.
func position(i, length int) int {
	switch {
	case i > 0:
		return i - 1
	case i == 0:
		return 0
	case i < -length:
		return 0
	}
	return length + i
}

// string.find(s, pattern [, init [, plain]]) -> first, last, captures… | nil
func stringFind(L *lua.LState) int { return findOrMatch(L, true) }

// string.match(s, pattern [, init]) -> captures… | nil
func stringMatch(L *lua.LState) int { return findOrMatch(L, false) }

func findOrMatch(L *lua.LState, find bool) int {
	s, pat := checkString(L, 1), checkString(L, 2)
	init := min(position(optInt(L, 3, 1), len(s)), len(s))
	if find && (lua.LVAsBool(L.Get(4)) || !strings.ContainsAny(pat, specials)) {
		i := strings.Index(s[init:], pat)
		if i < 0 {
			L.Push(lua.LNil)
			return 1
		}
		L.Push(lua.LNumber(init + i + 1))
		L.Push(lua.LNumber(init + i + len(pat)))
		return 2
	}
	var m matcher
	m.init(L, s, pat)
	p := 0
	if strings.HasPrefix(pat, "^") {
		p = 1
	}
	begin, end := m.search(init, p, p == 1)
	if begin < 0 {
		L.Push(lua.LNil)
		return 1
	}
	if !find {
		return m.push(begin, end, true)
	}
	L.Push(lua.LNumber(begin + 1))
	L.Push(lua.LNumber(end))
	return 2 + m.push(begin, end, false)
}

// string.gmatch(s, pattern) -> iterator
func stringGmatch(L *lua.LState) int {
	s, pat := checkString(L, 1), checkString(L, 2)
	m := new(matcher)
	next := 0
	L.Push(L.NewFunction(func(L *lua.LState) int {
		if next > len(s) {
			L.Push(lua.LNil)
			return 1
		}
		m.init(L, s, pat)
		m.depth = 0 // an error may have left it
		begin, end := m.search(next, 0, false)
		if begin < 0 {
			next = len(s) + 1
			L.Push(lua.LNil)
			return 1
		}
		next = end
		if end == begin {
			next++
		}
		return m.push(begin, end, true)
	}))
	return 1
}

// string.gsub(s, pattern, replacement [, n]) -> string, count
func stringGsub(L *lua.LState) int {
	s, pat := checkString(L, 1), checkString(L, 2)
	repl := L.Get(3)
	switch repl.Type() {
	case lua.LTNumber, lua.LTString, lua.LTTable, lua.LTFunction:
	default:
		argError(L, 3, "string/function/table expected")
	}
	limit := optInt(L, 4, len(s)+1)
	var m matcher
	m.init(L, s, pat)
	p := 0
	anchored := strings.HasPrefix(pat, "^")
	if anchored {
		p = 1
	}
	g := substitution{m: &m, repl: repl}
	count, copied, at := 0, 0, 0
	for count < limit {
		begin, end := m.search(at, p, anchored)
		if begin < 0 {
			break
		}
		count++
		g.out.WriteString(s[copied:begin])
		g.add(L, begin, end)
		copied, at = end, end
		if end == begin {
			at++
		}
		if anchored || at > len(s) {
			break
		}
	}
	if count == 0 {
		L.Push(lua.LString(s))
	} else {
		g.out.WriteString(s[copied:])
		L.Push(lua.LString(g.out.String()))
	}
	L.Push(lua.LNumber(count))
	return 2
}

// substitution collects the result of gsub.
type substitution struct {
	m    *matcher
	repl lua.LValue
	out  strings.Builder
}

// add writes what replaces the match src[begin:end].
func (g *substitution) add(L *lua.LState, begin, end int) {
	var v lua.LValue
	switch repl := g.repl.(type) {
	case *lua.LTable:
		v = L.GetTable(repl, g.m.value(0, begin, end))
	case *lua.LFunction:
		L.Push(repl)
		L.Call(g.m.push(begin, end, true), 1)
		v = L.Get(-1)
		L.Pop(1)
	default:
		template, _ := text(repl)
		checkSize(L, g.out.Len()+len(template))
		g.expand(template, begin, end)
		checkSize(L, g.out.Len())
		return
	}
	if !lua.LVAsBool(v) {
		g.out.WriteString(g.m.src[begin:end])
		return
	}
	s, ok := text(v)
	if !ok {
		raise(L, "invalid replacement value (a %s)", v.Type())
	}
	checkSize(L, g.out.Len()+len(s))
	g.out.WriteString(s)
}

// expand writes a replacement string, in which %0 to %9 stand for captures. A
// '%' at the end becomes a NUL byte, as in Lua 5.1.
func (g *substitution) expand(template string, begin, end int) {
	for {
		i := strings.IndexByte(template, '%')
		if i < 0 {
			g.out.WriteString(template)
			return
		}
		g.out.WriteString(template[:i])
		var c byte
		if i+1 < len(template) {
			c = template[i+1]
		}
		switch {
		case c == '0':
			g.out.WriteString(g.m.src[begin:end])
		case isDigit(c):
			s, _ := text(g.m.value(int(c)-'1', begin, end))
			g.out.WriteString(s)
		default:
			g.out.WriteByte(c)
		}
		template = template[min(i+2, len(template)):]
	}
}
