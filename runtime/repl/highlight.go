package repl

import (
	"slices"
	"strings"
)

// A tokenKind says what a token is, as far as colours go.
type tokenKind int

const (
	plain tokenKind = iota
	name
	keyword
	text
	number
	comment
)

// keywords of Lua 5.1, and goto.
var keywords = []string{
	"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
	"not", "or", "repeat", "return", "then", "true", "until", "while",
}

// nextToken returns the kind of the token that src begins with, and its length.
// It takes anything: what is no token is plain, what has no end goes on to the
// end of src. src is not empty.
func nextToken(src string) (tokenKind, int) {
	c := src[0]
	switch {
	case isNameStart(c):
		n := span(src, isNamePart)
		if slices.Contains(keywords, src[:n]) {
			return keyword, n
		}
		return name, n
	case isDigit(c), c == '.' && len(src) > 1 && isDigit(src[1]):
		return number, numberEnd(src)
	case c == '"', c == '\'':
		return text, quotedEnd(src)
	case strings.HasPrefix(src, "--"):
		if n := longEnd(src[2:]); n > 0 {
			return comment, 2 + n
		}
		return comment, lineEnd(src)
	case c == '[':
		if n := longEnd(src); n > 0 {
			return text, n
		}
	}
	return plain, 1
}

func isNameStart(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isDigit(c byte) bool    { return '0' <= c && c <= '9' }
func isNamePart(c byte) bool { return isNameStart(c) || isDigit(c) }

// span returns how many bytes at the beginning of s are ok.
func span(s string, ok func(byte) bool) int {
	for i := range len(s) {
		if !ok(s[i]) {
			return i
		}
	}
	return len(s)
}

// numberEnd returns the length of a number, with its exponent.
func numberEnd(s string) int {
	return span(s, func(c byte) bool { return isNamePart(c) || c == '.' })
}

func lineEnd(s string) int {
	return span(s, func(c byte) bool { return c != '\n' })
}

// quotedEnd returns the length of a quoted string, which ends with its line at
// the latest.
func quotedEnd(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return i + 1
		case '\n':
			return i
		}
	}
	return len(s)
}

// longEnd returns the length of a long bracket, 0 if there is none.
func longEnd(s string) int {
	if !strings.HasPrefix(s, "[") {
		return 0
	}
	level := span(s[1:], func(c byte) bool { return c == '=' })
	opening := level + 2
	if len(s) < opening || s[opening-1] != '[' {
		return 0
	}
	closing := "]" + strings.Repeat("=", level) + "]"
	if i := strings.Index(s[opening:], closing); i >= 0 {
		return opening + i + len(closing)
	}
	return len(s)
}

// styles are the terminal's (ECMA-48 8.3.117): they follow its own palette.
var styles = map[tokenKind]string{
	keyword: "\x1b[1;34m",
	text:    "\x1b[32m",
	number:  "\x1b[36m",
	comment: "\x1b[2m",
}

const unstyled = "\x1b[0m"

// A palette colours texts; without colours it returns them as they are.
type palette struct{ on bool }

// code colours Lua code. The first from bytes are only looked at, and not part
// of the result.
func (p palette) code(src string, from int) string {
	if !p.on {
		return src[from:]
	}
	var out strings.Builder
	for at := 0; at < len(src); {
		kind, n := nextToken(src[at:])
		if at+n > from {
			out.WriteString(p.paint(styles[kind], src[max(at, from):at+n]))
		}
		at += n
	}
	return out.String()
}

// failure colours the message of an error.
func (p palette) failure(s string) string { return p.paint("\x1b[31m", s) }

// faint colours what is less important.
func (p palette) faint(s string) string { return p.paint("\x1b[2m", s) }

// strong colours what is more important.
func (p palette) strong(s string) string { return p.paint("\x1b[1m", s) }

func (p palette) paint(style, s string) string {
	if !p.on || style == "" || s == "" {
		return s
	}
	return style + s + unstyled
}
