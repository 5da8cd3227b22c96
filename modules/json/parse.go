package json

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"
)

// Parse reads one JSON text (RFC 8259) and nothing else: a byte order mark, a NUL
// or anything but white space after the value is an error, and so is invalid
// UTF-8. Null is nil at the top and json.null inside; arrays are marked, so that
// they are written as arrays again. Of members with the same name the last one
// counts. The error is a *[SyntaxError]. The caller must hold the turn.
func Parse(L *lua.LState, text string) (lua.LValue, error) {
	p := parser{L: L, text: text, null: Null(L), array: arrayMetatable(L)}
	v, err := p.document()
	if err != nil {
		return nil, &SyntaxError{Line: p.line(), Column: p.column(), Err: err}
	}
	if v == p.null {
		return lua.LNil, nil
	}
	return v, nil
}

// A SyntaxError says where a text is no JSON. Line and Column count from 1,
// columns in bytes. Err is a *[PathError].
type SyntaxError struct {
	Line, Column int
	Err          error
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Err)
}

func (e *SyntaxError) Unwrap() error { return e.Err }

type parser struct {
	L     *lua.LState
	text  string
	pos   int
	depth int
	null  lua.LValue
	array *lua.LTable // metatable

	values []lua.LValue // of the arrays and objects that are not complete
	names  []string     // likewise
}

func (p *parser) line() int { return 1 + strings.Count(p.text[:p.pos], "\n") }

func (p *parser) column() int { return p.pos - strings.LastIndexByte(p.text[:p.pos], '\n') }

func (p *parser) document() (lua.LValue, error) {
	v, err := p.value()
	if err != nil {
		return nil, err
	}
	if p.next(); p.pos < len(p.text) {
		return nil, p.unexpected("the end of the text")
	}
	return v, nil
}

// next skips white space and returns the byte after it, 0 at the end. (A NUL in
// the text is 0, too; no caller takes either.)
func (p *parser) next() byte {
	for ; p.pos < len(p.text); p.pos++ {
		switch c := p.text[p.pos]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// unexpected is the error for the byte at the current position.
func (p *parser) unexpected(wanted string) error {
	if p.pos == len(p.text) {
		return fail("unexpected end of the text, expected %s", wanted)
	}
	r, size := utf8.DecodeRuneInString(p.text[p.pos:])
	if r == utf8.RuneError && size == 1 {
		return fail("invalid UTF-8, expected %s", wanted)
	}
	return fail("unexpected %s, expected %s", strconv.QuoteRune(r), wanted)
}

func (p *parser) value() (lua.LValue, error) {
	switch c := p.next(); c {
	case '{':
		return p.nested(p.object)
	case '[':
		return p.nested(p.elements)
	case '"':
		s, err := p.string()
		return lua.LString(s), err
	case 't':
		return p.word("true", lua.LTrue)
	case 'f':
		return p.word("false", lua.LFalse)
	case 'n':
		return p.word("null", p.null)
	default:
		if c == '-' || '0' <= c && c <= '9' {
			return p.number()
		}
		return nil, p.unexpected("a value")
	}
}

func (p *parser) word(word string, v lua.LValue) (lua.LValue, error) {
	if !strings.HasPrefix(p.text[p.pos:], word) {
		return nil, p.unexpected("a value")
	}
	p.pos += len(word)
	return v, nil
}

// nested runs parse after the opening bracket, one level deeper.
func (p *parser) nested(parse func() (lua.LValue, error)) (lua.LValue, error) {
	if p.depth == maxDepth {
		return nil, fail("more than %d arrays and objects inside each other", maxDepth)
	}
	p.depth++
	p.pos++
	v, err := parse()
	p.depth--
	return v, err
}

func (p *parser) elements() (lua.LValue, error) {
	base := len(p.values)
	for p.next() != ']' {
		if err := p.separator(len(p.values)-base, "']'"); err != nil {
			return nil, err
		}
		v, err := p.value()
		if err != nil {
			return nil, index(err, len(p.values)-base+1)
		}
		p.values = append(p.values, v)
	}
	p.pos++
	elements := p.values[base:]
	t := p.L.CreateTable(len(elements), 0)
	for _, v := range elements {
		t.Append(v)
	}
	t.Metatable = p.array
	clear(elements)
	p.values = p.values[:base]
	return t, nil
}

// separator reads the comma before every element but the first.
func (p *parser) separator(done int, end string) error {
	if done == 0 {
		return nil
	}
	if p.next() != ',' {
		return p.unexpected("',' or " + end)
	}
	p.pos++
	return nil
}

func (p *parser) object() (lua.LValue, error) {
	base, names := len(p.values), len(p.names)
	for p.next() != '}' {
		if err := p.separator(len(p.values)-base, "'}'"); err != nil {
			return nil, err
		}
		name, v, err := p.member()
		if err != nil {
			return nil, err
		}
		p.names = append(p.names, name)
		p.values = append(p.values, v)
	}
	p.pos++
	t := p.L.CreateTable(0, len(p.values)-base)
	for i, name := range p.names[names:] {
		t.RawSetString(name, p.values[base+i])
	}
	clear(p.values[base:])
	p.values, p.names = p.values[:base], p.names[:names]
	return t, nil
}

func (p *parser) member() (name string, v lua.LValue, err error) {
	if p.next() != '"' {
		return "", nil, p.unexpected("a string, the name of a member")
	}
	if name, err = p.string(); err != nil {
		return "", nil, err
	}
	if p.next() != ':' {
		return "", nil, field(p.unexpected("':'"), name)
	}
	p.pos++
	if v, err = p.value(); err != nil {
		return "", nil, field(err, name)
	}
	return name, v, nil
}
