package dialect

import "regexp"

// foreignOperators are those of other languages and of later Lua versions,
// with what to write instead. Longer ones come first.
var foreignOperators = []struct{ op, instead string }{
	{"//", "the operator '//' of Lua 5.3 does not exist here: write math.floor(a / b)"},
	{"<<", "the operator '<<' of Lua 5.3 does not exist here: write bit.lshift(a, n)"},
	{">>", "the operator '>>' of Lua 5.3 does not exist here: write bit.rshift(a, n)"},
	{"!=", "the operator '!=' does not exist in Lua: write a ~= b"},
	{"&&", "the operator '&&' does not exist in Lua: write a and b"},
	{"||", "the operator '||' does not exist in Lua: write a or b"},
	{"&", "the operator '&' of Lua 5.3 does not exist here: write bit.band(a, b)"},
	{"|", "the operator '|' of Lua 5.3 does not exist here: write bit.bor(a, b)"},
	{"~", "the operator '~' of Lua 5.3 does not exist here: write bit.bxor(a, b) or bit.bnot(a)"},
}

// attribute is what may follow the name of a local variable in Lua 5.4.
var attribute = regexp.MustCompile(`^<[ \t\r\n]*(const|close)[ \t\r\n]*>`)

// symbol steps over an operator, bracket or separator.
func (s *scanner) symbol() {
	s.refuseForeign()
	c := s.src[s.pos]
	width := 1
	switch c {
	case '(', '{', '[':
		s.openBracket(string(c))
	case ')', '}', ']':
		s.leave()
		s.prev = value
	case ',', ';':
		if c == ',' && s.prev == symbol { // the parser takes {1,,2}
			s.fail(",", "unexpected symbol")
		}
		s.unchain()
		s.prev = symbol
	case '=':
		width = s.equals()
	case '.':
		width = s.dots()
	case ':':
		width = s.colons()
	case '^':
		s.linkRight("^")
		s.prev = symbol
	case '+', '-', '*', '/', '%', '#', '<', '>', '~':
		s.link()
		s.prev = symbol
		if s.peek(1) == '=' && (c == '<' || c == '>' || c == '~') {
			width = 2
		}
	default:
		s.fail(printable(c), "unexpected symbol")
	}
	s.pos += width
}

func (s *scanner) refuseForeign() {
	rest := s.src[s.pos:]
	for _, f := range foreignOperators {
		if len(rest) < len(f.op) || string(rest[:len(f.op)]) != f.op {
			continue
		}
		if f.op == "~" && s.peek(1) == '=' {
			return
		}
		s.fail(f.op, "%s", f.instead)
	}
	if s.inLocal && s.prev == ident && s.src[s.pos] == '<' {
		if a := attribute.Find(rest); a != nil {
			s.fail(string(a), "the attribute %s of Lua 5.4 does not exist here: leave it out", a)
		}
	}
}

// openBracket enters a bracket; after a value it is a call or an index.
func (s *scanner) openBracket(opener string) {
	if s.prev == value || s.prev == ident {
		s.link()
	}
	s.enter(opener)
	s.prev = symbol
}

func (s *scanner) equals() int {
	s.prev = symbol
	if s.peek(1) == '=' {
		s.link()
		return 2
	}
	s.unchain()
	s.inLocal = false
	return 1
}

func (s *scanner) dots() int {
	if s.peek(1) != '.' {
		s.link()
		s.prev = symbol
		return 1
	}
	if s.peek(2) == '.' {
		s.prev = value
		return 3
	}
	s.linkRight("..")
	s.prev = symbol
	return 2
}

func (s *scanner) colons() int {
	s.prev = symbol
	if s.peek(1) == ':' {
		s.unchain()
		return 2
	}
	s.link()
	return 1
}

// printable shows a byte that no token can begin with.
func printable(c byte) string {
	if c < ' ' || c == 0x7f {
		return "char(" + FormatNumber(float64(c)) + ")"
	}
	return string(rune(c))
}
