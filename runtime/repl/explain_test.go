package repl

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"qrelay/runtime"
)

func TestExcerptsOfSources(t *testing.T) {
	var s sources
	s.add("input 1", "one\ntwo\t2\n\n"+strings.Repeat("ä", 200))
	s.add("binary", "\x1b[2J\x00\xff\u009bx")
	file := write(t, "x.lua", "first\r\nsecond")
	tests := []struct{ message, want string }{
		{"input 1:2: oops", "    2 | two    2"},
		{"input 1:3: an empty line", ""},
		{"input 1:4: a long one", "    4 | " + strings.Repeat("ä", 80) + "…"},
		{"input 1:9: beyond", ""},
		{"binary:1: no script", "    1 | ?[2J???x"},
		{"input 1:0: before", ""},
		{"input 1:99999999999999999999: far", ""},
		{"input 2:1: unknown", ""},
		{file + ":1: in a file", "    1 | first"},
		{"/nowhere.lua:1: gone", ""},
		{"no position", ""},
	}
	for _, test := range tests {
		if got := s.excerpt(test.message, palette{}); got != test.want {
			t.Errorf("%q: %q, want %q", test.message, got, test.want)
		}
	}
}

func TestSourcesAreBounded(t *testing.T) {
	var s sources
	for i := range maxInputs + 10 {
		s.add(fmt.Sprint(i), "text")
	}
	if len(s.inputs) != maxInputs || len(s.order) != maxInputs {
		t.Errorf("%d, %d", len(s.inputs), len(s.order))
	}
	if _, ok := s.line("9", 1); ok {
		t.Error("the oldest are kept")
	}
}

func TestTracebacks(t *testing.T) {
	err := &runtime.ScriptError{Message: "oops", Traceback: "goroutine 1 [running]:\nx\nstack traceback:\n\tx.lua:1: in f\n\tx.lua:2: in main chunk\n\t[C]: ?\n"}
	var s sources
	if got, want := s.explain(err, palette{}), "oops\nstack traceback:\n\tx.lua:1: in f\n\tx.lua:2: in main chunk"; got != want {
		t.Errorf("got %q", got)
	}
	err.Traceback = "stack traceback:\n\tx.lua:1: in main chunk\n\t[C]: ?"
	if got := s.explain(err, palette{true}); got != "\x1b[31moops\x1b[0m" {
		t.Errorf("got %q", got)
	}
	if got := s.explain(errors.New("plain"), palette{}); got != "plain" {
		t.Errorf("got %q", got)
	}
}

func TestErrorsWithoutPosition(t *testing.T) {
	var s sources
	s.add("input 1", "local function f()\n  assert(false)\nend\nf()")
	err := &runtime.ScriptError{Message: "assertion failed!", Traceback: "stack traceback:\n\t[C]: in function 'assert'\n\tinput 1:2: in function 'f'\n\tinput 1:4: in main chunk"}
	if got, want := s.explain(err, palette{}), "assertion failed!\n    2 |   assert(false)\n"+err.Traceback; got != want {
		t.Errorf("got %q", got)
	}
	err.Cause = errInterrupted
	if got, want := s.explain(err, palette{}), "assertion failed!\n"+err.Traceback; got != want {
		t.Errorf("got %q", got)
	}
}

func TestLogLines(t *testing.T) {
	var terminal recordingTerminal
	log := newLogger(&terminal, palette{})
	log.Debug("not shown")
	log.Info("hello", "a", 1)
	log.With("pid", 7).WithGroup("g").With("x", 1).Error("failed", "error", "oops", "traceback", "stack traceback:\n\ta:1: in f\n\tb:2: in main chunk\n\t[C]: ?", "y", 2)
	newLogger(&terminal, palette{true}).Warn("red")
	want := "hello a=1\n|failed: oops pid=7 g.x=1 g.y=2\nstack traceback:\n\ta:1: in f\n\tb:2: in main chunk\n|\x1b[31mred\x1b[0m\n"
	if got := terminal.text(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
