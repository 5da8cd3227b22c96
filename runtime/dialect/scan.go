package dialect

import (
	"bytes"
	"fmt"
	"strings"
)

// SyntaxError says where a chunk is not valid. Its text has the form that
// LuaJIT gives such errors, "NAME:LINE: MESSAGE near 'TOKEN'".
type SyntaxError struct {
	Chunk   string // display name, see ChunkName
	Line    int    // from 1
	Message string
	Near    string // the offending token; empty if none stands for it
}

// Incomplete reports whether the chunk may become valid if more text follows,
// as a REPL wants to know.
func (e *SyntaxError) Incomplete() bool { return e.Near == endOfFile }

func (e *SyntaxError) Error() string {
	text := fmt.Sprintf("%s:%d: %s", e.Chunk, e.Line, e.Message)
	if e.Near != "" {
		text += " near '" + e.Near + "'"
	}
	return text
}

const endOfFile = "<eof>"

// Translate rewrites src, a chunk of LuaJIT's Lua, into one that gopher-lua's
// parser understands. A token stands on the same line before and after. If
// there is nothing to rewrite, src itself is returned.
//
// An error is always a *SyntaxError: for what no rewriting can make work, for
// literals that are no Lua at all, and for chunks that nest too deeply.
func Translate(name string, src []byte) ([]byte, error) {
	s, err := scan(ChunkName(name), src)
	if err != nil {
		return nil, err
	}
	return s.result(), nil
}

// kind tells what a token means to the tokens after it.
type kind byte

const (
	start   kind = iota // nothing yet, or a statement has ended
	symbol              // an operator or separator
	keyword             // a reserved word that ends no value
	ident               // a name
	value               // literals and closing brackets: a value has ended
)

// scanner walks over a chunk once. It copies only after the first rewriting:
// out holds the translation of src[:copied].
type scanner struct {
	chunk    string
	src      []byte
	pos      int
	line     int
	out      []byte
	copied   int
	prev     kind
	inLocal  bool // between "local" and the "=" or the end of its names
	lastLine int  // line of the last token
	nesting
}

func scan(chunk string, src []byte) (s *scanner, err error) {
	s = &scanner{chunk: chunk, src: src, line: 1, lastLine: 1}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*SyntaxError)
			if !ok {
				panic(r)
			}
			err = e
		}
	}()
	s.skipPreamble()
	for s.pos < len(s.src) {
		s.token()
	}
	return s, nil
}

// fail ends the scan. The panic never leaves this package's scan function.
func (s *scanner) fail(near, format string, args ...any) {
	panic(&SyntaxError{s.chunk, s.line, fmt.Sprintf(format, args...), near})
}

// replace puts text in place of src[from:to].
func (s *scanner) replace(from, to int, text string) {
	s.out = append(s.out, s.src[s.copied:from]...)
	s.out = append(s.out, text...)
	s.copied = to
}

func (s *scanner) result() []byte {
	if s.copied == 0 {
		return s.src
	}
	return append(s.out, s.src[s.copied:]...)
}

// peek returns the byte i places after the current one, 0 after the end.
func (s *scanner) peek(i int) byte {
	if s.pos+i < len(s.src) {
		return s.src[s.pos+i]
	}
	return 0
}

// skipPreamble drops a byte order mark and a first line that begins with '#',
// which a Unix kernel would read, but keeps that line's end.
func (s *scanner) skipPreamble() {
	if bytes.HasPrefix(s.src, []byte("\xef\xbb\xbf")) {
		s.pos = 3
	}
	if s.peek(0) == '#' {
		for s.pos < len(s.src) && !isNewline(s.src[s.pos]) {
			s.pos++
		}
	}
	if s.pos > 0 {
		s.replace(0, s.pos, "")
	}
}

func isNewline(c byte) bool { return c == '\n' || c == '\r' }

// newline steps over one line end: LF, CR, CRLF or LFCR.
func (s *scanner) newline() {
	c := s.src[s.pos]
	s.pos++
	if n := s.peek(0); isNewline(n) && n != c {
		s.pos++
	}
	s.line++
}

// token steps over one token, comment, line end or blank.
func (s *scanner) token() {
	c := s.src[s.pos]
	switch {
	case isNewline(c):
		s.newline()
		return
	case isSpace(c):
		if c == '\v' || c == '\f' { // gopher-lua knows neither
			s.replace(s.pos, s.pos+1, " ")
		}
		s.pos++
		return
	case c == '-' && s.peek(1) == '-':
		s.comment()
		return
	}
	s.lastLine = s.line
	switch {
	case isLetter(c):
		s.word()
	case c >= 0x80:
		s.foreign()
	case isDigit(c), c == '.' && isDigit(s.peek(1)):
		s.number()
		s.literal()
	case c == '"', c == '\'':
		s.quoted()
		s.literal()
	case c == '[' && (s.peek(1) == '[' || s.peek(1) == '='):
		s.longBracket("string")
		s.literal()
	default:
		s.symbol()
	}
}

// literal notes that a literal has ended. After a value it is the argument of
// a call, f'x'.
func (s *scanner) literal() {
	if s.prev == value || s.prev == ident {
		s.link()
	}
	s.prev = value
}

func (s *scanner) comment() {
	begin := s.pos + 2
	s.pos = begin
	if s.peek(0) == '[' {
		n := 1
		for s.peek(n) == '=' {
			n++
		}
		if s.peek(n) == '[' {
			s.longBracket("comment")
			return
		}
		if n > 1 { // gopher-lua takes --[= for the beginning of a long comment
			s.replace(begin, begin+1, " ")
		}
	}
	for s.pos < len(s.src) && !isNewline(s.src[s.pos]) {
		s.pos++
	}
}

// longBracket steps over [[…]] or [=[…]=], whatever the level.
func (s *scanner) longBracket(what string) {
	level := 0
	for s.peek(1+level) == '=' {
		level++
	}
	if s.peek(1+level) != '[' {
		s.fail(string(s.src[s.pos:s.pos+1+level]), "invalid long string delimiter")
	}
	closing := []byte("]" + strings.Repeat("=", level) + "]")
	end := bytes.Index(s.src[s.pos+level+2:], closing)
	if end < 0 {
		begun := s.line
		s.line += countLines(s.src[s.pos:])
		s.fail(endOfFile, "unfinished long %s (begun at line %d)", what, begun)
	}
	end += s.pos + level + 2 + len(closing)
	for s.pos < end {
		if isNewline(s.src[s.pos]) {
			s.newline()
		} else {
			s.pos++
		}
	}
}

// countLines counts line ends as newline steps over them.
func countLines(b []byte) int {
	s := scanner{src: b}
	for s.pos < len(b) {
		if isNewline(b[s.pos]) {
			s.newline()
		} else {
			s.pos++
		}
	}
	return s.line
}

// foreign refuses a name with bytes beyond ASCII. LuaJIT takes them as
// letters; here they cannot reach the parser.
func (s *scanner) foreign() {
	end := s.pos
	for end < len(s.src) && (isLetter(s.src[end]) || isDigit(s.src[end]) || s.src[end] >= 0x80) {
		end++
	}
	s.fail(string(s.src[s.pos:end]), "names may only hold the letters a-z and A-Z, digits and '_'")
}
