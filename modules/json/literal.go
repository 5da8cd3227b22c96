package json

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"
)

// number reads a number (RFC 8259 section 6). What is too large for Lua's
// numbers is an error; what is too small becomes 0.
func (p *parser) number() (lua.LValue, error) {
	start := p.pos
	if p.text[p.pos] == '-' {
		p.pos++
	}
	switch {
	case p.peek() == '0':
		p.pos++
	case !p.digits():
		return nil, p.unexpected("a digit")
	}
	if p.peek() == '.' {
		p.pos++
		if !p.digits() {
			return nil, p.unexpected("a digit")
		}
	}
	if p.peek()|0x20 == 'e' {
		p.pos++
		if c := p.peek(); c == '+' || c == '-' {
			p.pos++
		}
		if !p.digits() {
			return nil, p.unexpected("a digit")
		}
	}
	n, err := strconv.ParseFloat(p.text[start:p.pos], 64)
	if err != nil {
		p.pos = start
		return nil, fail("number out of range")
	}
	return lua.LNumber(n), nil
}

// peek returns the byte at the current position, 0 at the end.
func (p *parser) peek() byte {
	if p.pos == len(p.text) {
		return 0
	}
	return p.text[p.pos]
}

func (p *parser) digits() bool {
	start := p.pos
	for c := p.peek(); '0' <= c && c <= '9'; c = p.peek() {
		p.pos++
	}
	return p.pos > start
}

// string reads a string from its opening to its closing quote (section 7). The
// result is a copy, so that a script that keeps one string of a large text does
// not keep the text.
func (p *parser) string() (string, error) {
	p.pos++
	start := p.pos
	var b []byte // what precedes start, if there were escapes
	for {
		switch c := p.peek(); {
		case c == '"':
			chunk := p.text[start:p.pos]
			if !utf8.ValidString(chunk) {
				p.pos = start + invalidAt(chunk)
				return "", fail("invalid UTF-8 in a string")
			}
			p.pos++
			if b == nil {
				return strings.Clone(chunk), nil
			}
			return string(append(b, chunk...)), nil
		case c == '\\':
			chunk := p.text[start:p.pos]
			if !utf8.ValidString(chunk) {
				p.pos = start + invalidAt(chunk)
				return "", fail("invalid UTF-8 in a string")
			}
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			b = utf8.AppendRune(append(b, chunk...), r)
			start = p.pos
		case c < ' ':
			if p.pos == len(p.text) {
				return "", p.unexpected("the end of a string")
			}
			return "", fail("control character 0x%02x in a string, must be escaped", c)
		default:
			p.pos++
		}
	}
}

// escape reads an escape sequence. Half a surrogate pair is an error.
func (p *parser) escape() (rune, error) {
	p.pos++
	c := p.peek()
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		p.pos++
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	if c != 'u' {
		return 0, p.unexpected(`one of "\/bfnrtu after \`)
	}
	r, err := p.hex4()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if strings.HasPrefix(p.text[p.pos:], `\u`) {
		p.pos++
		low, err := p.hex4()
		if err != nil {
			return 0, err
		}
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, nil
		}
	}
	return 0, fail("half a surrogate pair in a string")
}

// hex4 reads the u of an escape sequence and four hexadecimal digits.
func (p *parser) hex4() (rune, error) {
	p.pos++
	end := min(p.pos+4, len(p.text))
	n, err := strconv.ParseUint(p.text[p.pos:end], 16, 16)
	if err != nil || end-p.pos < 4 {
		return 0, fail(`expected four hexadecimal digits after \u`)
	}
	p.pos = end
	return rune(n), nil
}
