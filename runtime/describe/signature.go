package describe

import (
	"fmt"
	"strings"
)

// A Signature is a Func's Sig taken apart.
type Signature struct {
	// Callee is what stands before the arguments: "socket:connect". Of an
	// attribute it is all there is.
	Callee string
	// Call is set for functions.
	Call bool
	// Params are the parameters; a table in braces is one, called "options".
	Params []Param
	// Results are the alternatives of what it returns, each a list of values;
	// "nothing" is an empty one.
	Results [][]string
}

// A Param is a parameter, or a field of a table of options.
type Param struct {
	Name     string
	Optional bool
	// Rest is set if further values of the kind may follow.
	Rest bool
	// Literals are the values that are allowed, as Lua source, if they are listed.
	Literals []string
	// Fields are those of a table of options.
	Fields []Param
}

// OptionsName is the name of a parameter that is written as a table.
const OptionsName = "options"

// ParseSignature takes a signature apart. Its form is that of the manual:
//
//	socket:connect(address [, {type = 'stream' | 'dgram'}]) -> socket | nil, err
//
// Brackets enclose what may be left out, "…" says that more may follow, "|"
// separates alternatives, and a field's value after "=" is an example.
func ParseSignature(text string) (Signature, error) {
	call, results, returns := strings.Cut(text, " -> ")
	p := &parser{text: call}
	sig := Signature{Callee: p.callee()}
	switch {
	case sig.Callee == "":
		return sig, fmt.Errorf("signature %q: a name is expected at the beginning", text)
	case p.accept("("):
		sig.Call = true
		sig.Params = p.params(")", false)
	case p.accept("{"):
		sig.Call = true
		sig.Params = []Param{{Name: OptionsName, Fields: p.params("}", true)}}
	}
	if p.skip(); p.err == nil && p.rest() != "" {
		p.fail("nothing more")
	}
	if p.err != nil {
		return sig, fmt.Errorf("signature %q: %w", text, p.err)
	}
	if returns {
		sig.Results = parseResults(results)
	}
	return sig, nil
}

// parseResults reads what follows the arrow.
func parseResults(text string) [][]string {
	text = strings.ReplaceAll(text, ", or nothing", " | nothing")
	var all [][]string
	for _, alternative := range splitTop(text, '|') {
		if strings.TrimSpace(alternative) == "nothing" {
			all = append(all, nil)
			continue
		}
		var values []string
		for _, v := range splitTop(alternative, ',') {
			values = append(values, strings.TrimSpace(v))
		}
		all = append(all, values)
	}
	return all
}

// splitTop splits text at a separator that is outside of braces.
func splitTop(text string, separator rune) []string {
	var parts []string
	depth, start := 0, 0
	for i, c := range text {
		switch {
		case c == '{':
			depth++
		case c == '}':
			depth--
		case c == separator && depth == 0:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

// Receiver returns the variable or module in front of the name, and the
// separator after it; both are empty for a global function.
func (s Signature) Receiver() (name, separator string) {
	if i := strings.LastIndexAny(s.Callee, ".:"); i >= 0 {
		return s.Callee[:i], s.Callee[i : i+1]
	}
	return "", ""
}
