package dialect

import (
	"context"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

const (
	// maxCaptures is the number of captures in a pattern, as in LuaJIT.
	maxCaptures = 32
	// maxPatternDepth is how deep the matcher recurses, about once for each
	// item of the pattern, as in LuaJIT.
	maxPatternDepth = 200
	// matchStride is after how many steps of the matcher the context is
	// looked at: some tens of microseconds.
	matchStride = 1 << 14
)

// Lengths of captures that are none.
const (
	captureOpen     = -1
	capturePosition = -2
)

// capture is a piece of the subject, or a position in it.
type capture struct{ begin, length int }

// matcher matches a Lua pattern against a subject. It is the backtracking
// algorithm of Lua 5.1's lstrlib.c, byte for byte, except that it counts its
// steps: a pattern can take time that is exponential in the length of the
// subject, and the state's context must be able to end that.
type matcher struct {
	L        *lua.LState
	ctx      context.Context // nil if nothing can end a match
	src, pat string
	depth    int
	steps    int
	level    int // number of captures
	captures [maxCaptures]capture
}

func (m *matcher) init(L *lua.LState, src, pat string) {
	m.L, m.ctx, m.src, m.pat = L, L.Context(), src, pat
}

// tick counts n steps.
func (m *matcher) tick(n int) {
	m.steps += n
	if m.steps < matchStride {
		return
	}
	m.steps = 0
	if m.ctx != nil && m.ctx.Err() != nil {
		raise(m.L, "%s", m.ctx.Err())
	}
}

// search finds the first match at or after s; anchored tells whether only s
// will do. The pattern begins at p.
func (m *matcher) search(s, p int, anchored bool) (begin, end int) {
	first, literal := m.firstByte(p)
	for {
		if literal && !anchored {
			i := strings.IndexByte(m.src[s:], first)
			if i < 0 {
				return -1, -1
			}
			s += i
		}
		m.level = 0
		if e := m.match(s, p); e >= 0 {
			return s, e
		}
		s++
		if anchored || s > len(m.src) {
			return -1, -1
		}
	}
}

// firstByte returns the byte that each match must begin with, if there is one.
func (m *matcher) firstByte(p int) (byte, bool) {
	if p >= len(m.pat) || strings.IndexByte("^$*+?.()[%-", m.pat[p]) >= 0 {
		return 0, false
	}
	if p+1 < len(m.pat) && strings.IndexByte("*?-", m.pat[p+1]) >= 0 {
		return 0, false
	}
	return m.pat[p], true
}

// match returns where a match of pat[p:] that begins at s ends, or -1.
func (m *matcher) match(s, p int) int {
	m.depth++
	if m.depth > maxPatternDepth {
		raise(m.L, "pattern too complex")
	}
	end := m.matchHere(s, p)
	m.depth--
	return end
}

func (m *matcher) matchHere(s, p int) int {
	for p < len(m.pat) {
		m.tick(1)
		switch m.pat[p] {
		case '(':
			if p+1 < len(m.pat) && m.pat[p+1] == ')' {
				return m.openCapture(s, p+2, capturePosition)
			}
			return m.openCapture(s, p+1, captureOpen)
		case ')':
			return m.closeCapture(s, p+1)
		case '$':
			if p+1 == len(m.pat) {
				if s == len(m.src) {
					return s
				}
				return -1
			}
		case '%':
			if next, at, special := m.escape(s, p); special {
				if at < 0 {
					return -1
				}
				s, p = at, next
				continue
			}
		}
		ep := m.itemEnd(p)
		if ep < len(m.pat) {
			switch m.pat[ep] {
			case '?':
				if s < len(m.src) && m.single(m.src[s], p, ep) {
					if e := m.match(s+1, ep+1); e >= 0 {
						return e
					}
				}
				p = ep + 1
				continue
			case '*':
				return m.maxExpand(s, p, ep)
			case '+':
				if s < len(m.src) && m.single(m.src[s], p, ep) {
					return m.maxExpand(s+1, p, ep)
				}
				return -1
			case '-':
				return m.minExpand(s, p, ep)
			}
		}
		if s >= len(m.src) || !m.single(m.src[s], p, ep) {
			return -1
		}
		s++
		p = ep
	}
	return s
}

// escape handles %b, %f and %1 to %9. It returns where the pattern and the
// subject go on; at is -1 if there is no match.
func (m *matcher) escape(s, p int) (next, at int, special bool) {
	if p+1 == len(m.pat) {
		return 0, 0, false
	}
	switch c := m.pat[p+1]; {
	case c == 'b':
		return p + 4, m.balance(s, p+2), true
	case c == 'f':
		p += 2
		if p >= len(m.pat) || m.pat[p] != '[' {
			raise(m.L, "missing '[' after '%%f' in pattern")
		}
		ep := m.itemEnd(p)
		var before, after byte
		if s > 0 {
			before = m.src[s-1]
		}
		if s < len(m.src) {
			after = m.src[s]
		}
		if m.set(before, p, ep-1) || !m.set(after, p, ep-1) {
			s = -1
		}
		return ep, s, true
	case isDigit(c):
		return p + 2, m.backReference(s, c), true
	}
	return 0, 0, false
}

// itemEnd returns the end of the single-character item that begins at p.
func (m *matcher) itemEnd(p int) int {
	c := m.pat[p]
	p++
	switch c {
	case '%':
		if p == len(m.pat) {
			raise(m.L, "malformed pattern (ends with '%%')")
		}
		return p + 1
	case '[':
		if p < len(m.pat) && m.pat[p] == '^' {
			p++
		}
		for first := true; first || p == len(m.pat) || m.pat[p] != ']'; first = false {
			if p == len(m.pat) {
				raise(m.L, "malformed pattern (missing ']')")
			}
			if m.pat[p] == '%' && p+1 < len(m.pat) {
				p++
			}
			p++
		}
		return p + 1
	}
	return p
}

// single matches one byte with the item pat[p:ep].
func (m *matcher) single(c byte, p, ep int) bool {
	switch m.pat[p] {
	case '.':
		return true
	case '%':
		return inClass(c, m.pat[p+1])
	case '[':
		return m.set(c, p, ep-1)
	}
	return m.pat[p] == c
}

// set matches one byte with the set pat[p:end+1].
func (m *matcher) set(c byte, p, end int) bool {
	found := true
	p++
	if m.pat[p] == '^' {
		found = false
		p++
	}
	for ; p < end; p++ {
		switch {
		case m.pat[p] == '%':
			p++
			if inClass(c, m.pat[p]) {
				return found
			}
		case p+2 < end && m.pat[p+1] == '-':
			if m.pat[p] <= c && c <= m.pat[p+2] {
				return found
			}
			p += 2
		case m.pat[p] == c:
			return found
		}
	}
	return !found
}

func (m *matcher) maxExpand(s, p, ep int) int {
	n := 0
	for s+n < len(m.src) && m.single(m.src[s+n], p, ep) {
		n++
	}
	m.tick(n)
	if ep+1 == len(m.pat) {
		return s + n
	}
	for ; n >= 0; n-- {
		if e := m.match(s+n, ep+1); e >= 0 {
			return e
		}
	}
	return -1
}

func (m *matcher) minExpand(s, p, ep int) int {
	for {
		if e := m.match(s, ep+1); e >= 0 {
			return e
		}
		if s >= len(m.src) || !m.single(m.src[s], p, ep) {
			return -1
		}
		m.tick(1)
		s++
	}
}

// balance matches %bxy, whose two bytes are at p.
func (m *matcher) balance(s, p int) int {
	if p+1 >= len(m.pat) {
		raise(m.L, "malformed pattern (missing arguments to '%%b')")
	}
	opener, closer := m.pat[p], m.pat[p+1]
	if s >= len(m.src) || m.src[s] != opener {
		return -1
	}
	depth := 1
	for i := s + 1; i < len(m.src); i++ {
		switch m.src[i] {
		case closer:
			depth--
			if depth == 0 {
				m.tick(i - s)
				return i + 1
			}
		case opener:
			depth++
		}
	}
	m.tick(len(m.src) - s)
	return -1
}

func (m *matcher) openCapture(s, p, length int) int {
	if m.level == maxCaptures {
		raise(m.L, "too many captures")
	}
	m.captures[m.level] = capture{s, length}
	m.level++
	e := m.match(s, p)
	if e < 0 {
		m.level--
	}
	return e
}

func (m *matcher) closeCapture(s, p int) int {
	l := m.level - 1
	for l >= 0 && m.captures[l].length != captureOpen {
		l--
	}
	if l < 0 {
		raise(m.L, "invalid pattern capture")
	}
	m.captures[l].length = s - m.captures[l].begin
	e := m.match(s, p)
	if e < 0 {
		m.captures[l].length = captureOpen
	}
	return e
}

// backReference matches what capture number digit holds.
func (m *matcher) backReference(s int, digit byte) int {
	l := int(digit) - '1'
	if l < 0 || l >= m.level || m.captures[l].length == captureOpen {
		raise(m.L, "invalid capture index")
	}
	c := m.captures[l]
	if c.length < 0 || !strings.HasPrefix(m.src[s:], m.src[c.begin:c.begin+c.length]) {
		return -1
	}
	return s + c.length
}

// value is capture number i of the match src[begin:end]; without captures,
// number 0 is the whole match.
func (m *matcher) value(i, begin, end int) lua.LValue {
	if i >= m.level {
		if i > 0 {
			raise(m.L, "invalid capture index")
		}
		return lua.LString(m.src[begin:end])
	}
	c := m.captures[i]
	switch c.length {
	case captureOpen:
		raise(m.L, "unfinished capture")
	case capturePosition:
		return lua.LNumber(c.begin + 1)
	}
	return lua.LString(m.src[c.begin : c.begin+c.length])
}

// push pushes all captures of a match, or the whole if there are none and
// whole is set. It returns their number.
func (m *matcher) push(begin, end int, whole bool) int {
	n := m.level
	if n == 0 && whole {
		n = 1
	}
	for i := range n {
		m.L.Push(m.value(i, begin, end))
	}
	return n
}
