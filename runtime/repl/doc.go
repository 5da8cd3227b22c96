// Package repl is the program qrelay-lua: a Lua prompt, a runner of scripts,
// and a place to try policies.
//
// A line is a task of the main program, so it may wait; meanwhile, and while
// the prompt waits for a key, other tasks run. What they print appears above
// the line that is being typed: [screen] collects it, and the goroutine that
// waits for keys (see [keys]) shows it when the line editor is idle. So the
// editor is never used by two goroutines at a time.
//
// The line editor is github.com/ergochat/readline. It reads its keys from, and
// draws its frames into, types of this package: they batch what is drawn, answer
// the editor's question where the cursor is, take pasted text apart, and leave
// standard input alone while a line runs, so that io.read works at the prompt.
package repl
