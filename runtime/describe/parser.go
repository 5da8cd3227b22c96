package describe

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A parser reads the part of a signature before the arrow. After an error it
// reads nothing more.
type parser struct {
	text string
	pos  int
	err  error
}

func (p *parser) rest() string { return p.text[p.pos:] }

func (p *parser) fail(expected string) {
	if p.err != nil {
		return
	}
	found := p.rest()
	if found == "" {
		found = "the end"
	}
	p.err = fmt.Errorf("%s expected instead of %q", expected, found)
	p.pos = len(p.text)
}

func (p *parser) skip() { p.pos += len(p.rest()) - len(strings.TrimLeft(p.rest(), " ")) }

// accept reads a token, if it comes next.
func (p *parser) accept(token string) bool {
	p.skip()
	if p.err != nil || !strings.HasPrefix(p.rest(), token) {
		return false
	}
	p.pos += len(token)
	return true
}

// while reads the characters that ok holds for.
func (p *parser) while(ok func(c rune) bool) string {
	p.skip()
	end := strings.IndexFunc(p.rest(), func(c rune) bool { return !ok(c) })
	if end < 0 {
		end = len(p.rest())
	}
	word := p.rest()[:end]
	p.pos += end
	return word
}

func isNameRune(c rune) bool {
	return c == '_' || c < utf8.RuneSelf && (unicode.IsLetter(c) || unicode.IsDigit(c))
}

func (p *parser) name() string { return p.while(isNameRune) }

func (p *parser) callee() string {
	return p.while(func(c rune) bool { return isNameRune(c) || c == '.' || c == ':' })
}

func (p *parser) dots() bool { return p.accept("…") || p.accept("...") }

// params reads up to the end token. Brackets may enclose any number of
// parameters with their commas, and further brackets.
func (p *parser) params(end string, fields bool) []Param {
	var all []Param
	brackets := 0
	for separated := true; p.err == nil; {
		switch {
		case brackets == 0 && (!separated || len(all) == 0) && p.accept(end):
			return all
		case p.accept("["):
			brackets++
		case brackets > 0 && p.accept("]"):
			brackets--
		case !separated && p.accept(","):
			separated = true
		case !separated && p.dots() && len(all) > 0: // "arg…"
			all[len(all)-1].Rest = true
		case separated && p.dots(): // "…" alone
			all = rest(all)
			separated = false
		case separated:
			param := p.param(fields)
			param.Optional = param.Optional || brackets > 0
			all = append(all, param)
			separated = false
		default:
			p.fail("',' or '" + end + "'")
		}
	}
	return all
}

// rest is for "…" as a parameter of its own: the one before may be repeated, or
// there may be any.
func rest(all []Param) []Param {
	if len(all) == 0 {
		return []Param{{Name: "...", Rest: true}}
	}
	all[len(all)-1].Rest = true
	return all
}

func (p *parser) param(field bool) Param {
	switch {
	case !field && p.accept("{"):
		return Param{Name: OptionsName, Fields: p.params("}", true)}
	case strings.HasPrefix(p.rest(), "'"):
		return Param{Name: "mode", Literals: p.literals()}
	}
	param := Param{Name: p.name(), Optional: field}
	if param.Name == "" {
		p.fail("a name")
	}
	if field && p.accept("=") {
		p.example(&param)
	}
	return param
}

// literals reads 'a' | 'b'.
func (p *parser) literals() []string {
	var all []string
	for p.err == nil {
		if !p.accept("'") {
			p.fail("a quote")
			break
		}
		all = append(all, "'"+p.while(func(c rune) bool { return c != '\'' })+"'")
		if !p.accept("'") {
			p.fail("a quote")
		}
		if !p.accept("|") {
			break
		}
	}
	return all
}

// example reads the value of a field, which may be nothing.
func (p *parser) example(field *Param) {
	switch p.skip(); {
	case strings.HasPrefix(p.rest(), "'"):
		field.Literals = p.literals()
	case p.accept("{"):
		p.dots()
		if !p.accept("}") {
			p.fail("'}'")
		}
	case p.dots():
	default:
		if word := p.name(); word == "true" || word == "false" {
			field.Literals = []string{"true", "false"}
		}
	}
}
