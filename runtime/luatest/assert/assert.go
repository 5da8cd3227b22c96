// Package assert holds the table assert of Lua tests, see package luatest. It
// stands apart because the tests of policies need it without Go's testing.
package assert

import _ "embed"

// Source is a Lua chunk that replaces the global assert.
//
//go:embed assert.lua
var Source string
