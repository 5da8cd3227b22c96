package dialect

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// number steps over a number. What LuaJIT reads and gopher-lua does not, or
// reads as another value (0x1p4, 0b1, 007), is replaced by plain decimals.
func (s *scanner) number() {
	begin := s.pos
	exponent := "eE"
	if s.src[begin] == '0' && (s.peek(1) == 'x' || s.peek(1) == 'X') {
		exponent = "pP"
	}
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		sign := (c == '+' || c == '-') && s.pos > begin && strings.IndexByte(exponent, s.src[s.pos-1]) >= 0
		if !sign && !isLetter(c) && !isDigit(c) && c != '.' {
			break
		}
		s.pos++
	}
	text := string(s.src[begin:s.pos])
	n, ok := parseUnsigned(text)
	if !ok {
		s.badNumber(text)
	}
	if !plainNumber(text) {
		s.replace(begin, s.pos, decimal(n))
	}
}

func (s *scanner) badNumber(text string) {
	switch lower := strings.ToLower(text); {
	case strings.HasSuffix(lower, "ll"):
		s.fail(text, "there are no 64-bit integers here: write a plain number (exact up to 2^53) or a string")
	case strings.HasSuffix(lower, "i"):
		s.fail(text, "there are no complex numbers here")
	}
	s.fail(text, "malformed number")
}

// plainNumber reports whether gopher-lua reads a valid number as it should:
// decimals without leading zeros and short hexadecimal integers.
func plainNumber(text string) bool {
	if len(text) < 2 || text[0] != '0' {
		return true
	}
	if text[1] == 'x' || text[1] == 'X' {
		return len(text) <= 2+13 && !strings.ContainsAny(text, ".pP")
	}
	return !isDigit(text[1]) && text[1] != 'b' && text[1] != 'B'
}

// decimal writes n without a sign, so that gopher-lua's lexer reads it.
func decimal(n float64) string {
	if math.IsInf(n, 1) {
		return "1e999"
	}
	return strconv.FormatFloat(n, 'g', -1, 64)
}

// quoted steps over a short string and rewrites its escapes.
func (s *scanner) quoted() {
	begin, quote := s.pos, s.src[s.pos]
	skipped := 0 // line ends that \z left out of the string
	s.pos++
	for {
		if s.pos == len(s.src) {
			s.fail(endOfFile, "unfinished string")
		}
		switch c := s.src[s.pos]; {
		case c == quote:
			s.pos++
			if skipped > 0 { // keep the following tokens on their lines
				s.replace(s.pos, s.pos, strings.Repeat("\n", skipped))
			}
			return
		case isNewline(c):
			s.fail(string(s.src[begin:s.pos]), "unfinished string")
		case c == '\\':
			skipped += s.escape()
		default:
			s.pos++
		}
	}
}

// escape steps over one escape sequence; it returns the number of line ends
// that the sequence leaves out of the string.
func (s *scanner) escape() int {
	begin := s.pos
	switch c := s.peek(1); {
	case c == 'x':
		s.hexEscape()
	case c == 'u':
		s.unicodeEscape()
	case c == 'z':
		s.pos += 2
		first := s.line
		for s.pos < len(s.src) && isSpace(s.src[s.pos]) {
			if isNewline(s.src[s.pos]) {
				s.newline()
			} else {
				s.pos++
			}
		}
		s.replace(begin, s.pos, "")
		return s.line - first
	case isDigit(c):
		s.decimalEscape()
	case isNewline(c):
		s.pos++
		s.newline()
	case c != 0 && strings.IndexByte(`abfnrtv\"'`, c) >= 0:
		s.pos += 2
	default:
		s.fail(s.upTo(begin+2), "invalid escape sequence")
	}
	return 0
}

// upTo returns the current escape sequence, up to the given end.
func (s *scanner) upTo(end int) string {
	return string(s.src[s.pos:min(end, len(s.src))])
}

func (s *scanner) hexEscape() {
	if !isHex(s.peek(2)) || !isHex(s.peek(3)) {
		s.fail(s.upTo(s.pos+4), "\\x needs two hexadecimal digits")
	}
	b := digitValue(s.peek(2))<<4 | digitValue(s.peek(3))
	s.replace(s.pos, s.pos+4, byteEscape(byte(b)))
	s.pos += 4
}

func (s *scanner) decimalEscape() {
	n, end := 0, s.pos+1
	for end < len(s.src) && end < s.pos+4 && isDigit(s.src[end]) {
		n = n*10 + int(s.src[end]-'0')
		end++
	}
	if n > 255 {
		s.fail(s.upTo(end), "escape sequence too large (at most \\255)")
	}
	s.pos = end
}

func (s *scanner) unicodeEscape() {
	end := s.pos + 3
	code := 0
	for end < len(s.src) && isHex(s.src[end]) && code <= utf8.MaxRune {
		code = code<<4 | digitValue(s.src[end])
		end++
	}
	if s.peek(2) != '{' || end == s.pos+3 || end >= len(s.src) || s.src[end] != '}' {
		s.fail(s.upTo(end+1), "\\u needs hexadecimal digits in braces, as in \\u{20AC}")
	}
	if code > utf8.MaxRune {
		s.fail(s.upTo(end+1), "UTF-8 value too large (at most \\u{10FFFF})")
	}
	var text strings.Builder
	for _, b := range appendUTF8(nil, uint32(code)) {
		text.WriteString(byteEscape(b))
	}
	s.replace(s.pos, end+1, text.String())
	s.pos = end + 1
}

// byteEscape writes b with three digits, so that a digit after it stays one.
func byteEscape(b byte) string {
	return `\` + string([]byte{'0' + b/100, '0' + b/10%10, '0' + b%10})
}

// appendUTF8 encodes any code up to 0x7FFFFFFF as Lua 5.3 does, surrogates
// included, which package utf8 refuses.
func appendUTF8(b []byte, code uint32) []byte {
	if code < 0x80 {
		return append(b, byte(code))
	}
	var buf [6]byte
	n, room := len(buf), uint32(0x3f)
	for code > room {
		n--
		buf[n] = byte(0x80 | code&0x3f)
		code >>= 6
		room >>= 1
	}
	n--
	buf[n] = byte(^room<<1 | code)
	return append(b, buf[n:]...)
}
