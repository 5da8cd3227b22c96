// Package assert holds the table assert of Lua tests, see package luatest. It
// stands apart because the tests of policies need it without Go's testing.
package assert

import (
	_ "embed"

	"qrelay/runtime"
)

// Source is a Lua chunk that replaces the global assert.
//
//go:embed assert.lua
var Source string

// Funcs describes the functions of the chunk.
func Funcs() []runtime.Func {
	anything := map[string]string{"got": "any", "want": "any", "what": "string", "fn": "function|string", "pattern": "string", "text": "string", "part": "string"}
	return []runtime.Func{
		{Name: "assert.eq", Types: anything, Sig: "assert.eq(got, want [, what])",
			Doc: "Raises unless the values are equal; tables are by their content. The error says what they are of."},
		{Name: "assert.fails", Types: anything, Sig: "assert.fails(fn [, pattern]) -> message",
			Doc: "Raises unless calling fn, a function or a text that is compiled, raises an error that matches the Lua pattern. Returns the error as text."},
		{Name: "assert.contains", Types: anything, Sig: "assert.contains(text, part)",
			Doc: "Raises unless the text has the part in it."},
		{Name: "assert.is_nil", Types: anything, Sig: "assert.is_nil(got)",
			Doc: "Raises unless the value is nil."},
	}
}
