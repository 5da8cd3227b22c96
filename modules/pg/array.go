package pg

import (
	"errors"
	"fmt"
	"strings"
)

// A text is a value in PostgreSQL's text form, or NULL.
type text struct {
	s    string
	null bool
}

// encodeArray returns the text form of a one-dimensional array. Every element
// is quoted, so that none can be mistaken for NULL or syntax.
func encodeArray(elements []text) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, e := range elements {
		if i > 0 {
			b.WriteByte(',')
		}
		if e.null {
			b.WriteString("NULL")
			continue
		}
		b.WriteByte('"')
		for rest := e.s; rest != ""; {
			special := strings.IndexAny(rest, `"\`)
			if special < 0 {
				b.WriteString(rest)
				break
			}
			b.WriteString(rest[:special])
			b.WriteByte('\\')
			b.WriteByte(rest[special])
			rest = rest[special+1:]
		}
		b.WriteByte('"')
	}
	b.WriteByte('}')
	return b.String()
}

// Errors of decodeArray.
var (
	errNoArray      = errors.New("no array: it must begin with '{'")
	errNestedArray  = errors.New("arrays of more than one dimension are not supported")
	errUnterminated = errors.New("the array is not terminated")
	errEmptyElement = errors.New("an element is empty, but not quoted")
)

// decodeArray parses the text form of a one-dimensional array, as in
// https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO, separated by
// commas. The bounds that PostgreSQL writes before arrays that do not begin at
// 1 ("[0:1]={a,b}") are dropped. Errors name the byte, counted from 1.
func decodeArray(s string) ([]text, error) {
	p := arrayParser{s: s}
	elements, err := p.array()
	if err != nil {
		return nil, fmt.Errorf("malformed array at byte %d: %w", p.at+1, err)
	}
	return elements, nil
}

// An arrayParser reads s from at on.
type arrayParser struct {
	s  string
	at int
}

func (p *arrayParser) array() ([]text, error) {
	p.bounds()
	if !p.take('{') {
		return nil, errNoArray
	}
	p.space()
	if p.take('}') {
		return nil, p.end()
	}
	var elements []text
	for {
		e, err := p.element()
		if err != nil {
			return nil, err
		}
		elements = append(elements, e)
		p.space()
		switch {
		case p.take(','):
		case p.take('}'):
			return elements, p.end()
		case p.at == len(p.s):
			return nil, errUnterminated
		default:
			return nil, fmt.Errorf("unexpected %q after an element", p.s[p.at])
		}
	}
}

// bounds skips "[m:n]=".
func (p *arrayParser) bounds() {
	if !strings.HasPrefix(p.s, "[") {
		return
	}
	dimensions, _, found := strings.Cut(p.s, "]=")
	if found && strings.Trim(dimensions[1:], "0123456789:+-") == "" {
		p.at = len(dimensions) + len("]=")
	}
}

func (p *arrayParser) end() error {
	if p.at < len(p.s) {
		return fmt.Errorf("unexpected %q after the array", p.s[p.at])
	}
	return nil
}

func (p *arrayParser) take(c byte) bool {
	if p.at < len(p.s) && p.s[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *arrayParser) space() {
	for p.at < len(p.s) && isSpace(p.s[p.at]) {
		p.at++
	}
}

func (p *arrayParser) element() (text, error) {
	p.space()
	switch {
	case p.at == len(p.s):
		return text{}, errUnterminated
	case p.s[p.at] == '{':
		return text{}, errNestedArray
	case p.take('"'):
		s, err := p.quoted()
		return text{s: s}, err
	}
	return p.plain()
}

// quoted reads up to the closing quote; a backslash makes the next byte stand
// for itself.
func (p *arrayParser) quoted() (string, error) {
	var b strings.Builder
	for {
		special := strings.IndexAny(p.s[p.at:], `"\`)
		if special < 0 || p.s[p.at+special] == '\\' && p.at+special+1 == len(p.s) {
			p.at = len(p.s)
			return "", errUnterminated
		}
		b.WriteString(p.s[p.at : p.at+special])
		p.at += special + 1
		if p.s[p.at-1] == '"' {
			return b.String(), nil
		}
		b.WriteByte(p.s[p.at])
		p.at++
	}
}

// plain reads an element without quotes. Space around it does not count;
// NULL in any case is NULL, unless a byte of it is escaped.
func (p *arrayParser) plain() (text, error) {
	var b strings.Builder
	end, escaped := 0, false // end: length of b without the space at its end
	for ; p.at < len(p.s); p.at++ {
		switch c := p.s[p.at]; {
		case c == ',' || c == '}':
			s := b.String()[:end]
			if s == "" {
				return text{}, errEmptyElement
			}
			if !escaped && strings.EqualFold(s, "NULL") {
				return text{null: true}, nil
			}
			return text{s: s}, nil
		case c == '"' || c == '{':
			return text{}, fmt.Errorf("unexpected %q in an element without quotes", c)
		case c == '\\':
			if p.at++; p.at == len(p.s) {
				return text{}, errUnterminated
			}
			b.WriteByte(p.s[p.at])
			end, escaped = b.Len(), true
		default:
			b.WriteByte(c)
			if !isSpace(c) {
				end = b.Len()
			}
		}
	}
	return text{}, errUnterminated
}

// isSpace tells what PostgreSQL's array parser takes as space.
func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }
