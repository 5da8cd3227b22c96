// Package inspect writes Lua values as text for people, in the form of
// kikito's inspect.lua:
//
//	{ 1, 2, "three",
//	  name = "qrelay",
//	  ["two words"] = { true }
//	}
//
// Array elements come first and on one line, then the other keys, sorted. A
// table that occurs more than once is marked where it is written, "<1>{ … }",
// and referred to elsewhere, "<table 1>"; so cycles end. Functions, threads and
// userdata are numbered. No metamethod is called, so inspecting never waits,
// never fails, and shows what is really there.
package inspect
