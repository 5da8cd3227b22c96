// Package luatest runs Lua test files and the Lua examples of the manual.
//
// A test file holds cases, each introduced by a line "--- title". The lines
// before the first case are run in front of every case. A case fails if it
// raises; a line that ends in
//
//	--> error: TEXT
//
// must raise an error that contains TEXT, and ends its case. The
// table assert, which is also callable as usual, offers
//
//	assert.eq(got, want)         deep comparison
//	assert.fails(f, pattern)     f, a function or source text, must raise
//	assert.contains(text, part)  plain search
//	assert.is_nil(v)
package luatest

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"qrelay/runtime"
	"qrelay/runtime/luatest/assert"
)

// Run runs testdata/*.lua of the package under test, with the modules.
func Run(t *testing.T, modules []runtime.Module) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatalf("no testdata/*.lua found (%v)", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".lua"), func(t *testing.T) {
			RunFile(t, file, modules)
		})
	}
}

// RunFile runs the cases of one file, each in a virtual machine of its own.
func RunFile(t *testing.T, file string, modules []runtime.Module) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cases := split(string(text))
	if len(cases) == 0 {
		t.Fatalf("%s has no case (a line that begins with ---)", file)
	}
	for _, c := range cases {
		t.Run(c.title, func(t *testing.T) { RunChunk(t, "@"+filepath.Base(file), c.text, modules) })
	}
}

type testCase struct{ title, text string }

// split takes the cases of a file apart. Empty lines keep line numbers right.
func split(text string) []testCase {
	lines := strings.SplitAfter(text, "\n")
	var cases []testCase
	preamble := len(lines)
	for i, line := range lines {
		title, ok := strings.CutPrefix(line, "--- ")
		if !ok {
			if len(cases) > 0 {
				cases[len(cases)-1].text += line
			}
			continue
		}
		preamble = min(preamble, i)
		gap := strings.Repeat("\n", i-preamble+1)
		cases = append(cases, testCase{strings.TrimSpace(title), strings.Join(lines[:preamble], "") + gap})
	}
	return cases
}

var expectError = regexp.MustCompile(`--> error: (.*)`)

// RunChunk runs one piece of Lua: a case of a test file, or an example of the
// manual. name is a chunk name.
func RunChunk(t *testing.T, name, text string, modules []runtime.Module) {
	t.Helper()
	rt, err := runtime.New(runtime.Config{
		Modules: modules,
		Stdout:  io.Discard,
		Logger:  slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := rt.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	if err := rt.DoString(t.Context(), "=assert", assert.Source); err != nil {
		t.Fatal(err)
	}
	check(t, rt.DoString(t.Context(), name, text), text)
}

// check compares how a chunk ended with the line that should have raised.
func check(t *testing.T, err error, text string) {
	t.Helper()
	want, line := "", 0
	for i, l := range strings.Split(text, "\n") {
		if m := expectError.FindStringSubmatch(l); m != nil {
			want, line = strings.TrimSpace(m[1]), i+1
		}
	}
	switch {
	case err == nil && line > 0:
		t.Errorf("line %d should have raised %q", line, want)
	case err != nil && line == 0:
		t.Errorf("%v\n%v", err, runtime.ErrorAttrs(err))
	case err != nil && !strings.Contains(err.Error(), want):
		t.Errorf("line %d raised %q, want %q", line, err, want)
	}
}
