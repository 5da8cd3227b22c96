// Package dialect makes gopher-lua, an interpreter of Lua 5.1, run the scripts
// that people write for LuaJIT 2.1 with the Lua 5.3 manual at hand.
//
// It has two halves. Translate and Load stand before the compiler: they
// rewrite the few literals that gopher-lua's lexer lacks, refuse what cannot
// work with an error that says what to write instead, correct what its
// compiler gets wrong, and bound how deep a chunk may nest, because an
// overflow of the Go stack cannot be recovered. Open fills a state with the
// standard libraries; most of them are our own, byte for byte those of LuaJIT
// where scripts can tell, plus utf8 and the newer functions of table and math.
//
// The package knows nothing of tasks, mails or modules. What a host must decide
// (where output goes, how to exit, how to wait) is in Options. Coroutines are
// left to the host too: gopher-lua's cannot yield across Go functions.
//
// docs/dialect.md is the users' table of what works and what does not.
package dialect
