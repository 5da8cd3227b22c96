// Package describe makes reference texts of what Lua functions and attributes
// say about themselves (see [qrelay/runtime.Func]): there is one description of
// each, next to its code, and the REPL's help, the reference pages of the manual,
// the man pages and the definitions for editors are made of it.
//
// [Collect] takes all descriptions together and reports what is missing in them.
// The types of parameters and results follow from their names in the signature,
// which mean the same everywhere; a function for which that is not so says it in
// its Types. Types are written as LuaLS does (https://luals.github.io/wiki/annotations).
package describe
