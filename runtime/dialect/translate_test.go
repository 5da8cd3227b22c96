package dialect_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"

	"qrelay/runtime/dialect"
)

// sources are chunks and what Translate makes of them; "" means unchanged.
var sources = []struct{ src, want string }{
	{"", ""},
	{"local x = 1 -- comment\nreturn x .. 'text' .. [[long\n]]", ""},
	{"return '\\n\\065\\\\'", ""},
	{"return '\\x41\\x0'", "error"},
	{"return '\\x41'", "return '\\065'"},
	{"return \"\\u{20AC}\"", `return "\226\130\172"`},
	{"return 'a\\z\n\r\n  b', 2", "return 'ab'\n\n, 2"},
	{"return 0x1p4 + 007 + 0b11", "return 16 + 7 + 3"},
	{"return 0xffffffffffffffffff", "return 4.722366482869645e+21"},
	{"return 0b1" + strings.Repeat("0", 2000), "return 1e999"},
	{"\xef\xbb\xbfreturn 1", "return 1"},
	{"#!/usr/bin/lua\nreturn 1", "\nreturn 1"},
	{"--[=x\nreturn 1", "-- =x\nreturn 1"},
	{"return\f1", "return 1"},
	{"return '\xff' --\xff", ""},
}

func TestTranslate(t *testing.T) {
	for _, s := range sources {
		got, err := dialect.Translate("@chunk", []byte(s.src))
		if s.want == "error" {
			var e *dialect.SyntaxError
			if !errors.As(err, &e) || e.Line != 1 || e.Chunk != "chunk" {
				t.Errorf("%q: got %q, %v", s.src, got, err)
			}
			continue
		}
		want := s.want
		if want == "" {
			want = s.src
		}
		if err != nil || string(got) != want {
			t.Errorf("%q: got %q, %v, want %q", s.src, got, err, want)
		}
	}
}

// TestTranslateUnchanged checks that nothing is copied if there is nothing to
// rewrite.
func TestTranslateUnchanged(t *testing.T) {
	src := []byte("return 'x'")
	got, err := dialect.Translate("=c", src)
	if err != nil || &got[0] != &src[0] {
		t.Errorf("got another slice, %v", err)
	}
}

func TestChunkName(t *testing.T) {
	long := strings.Repeat("x", 100)
	for name, want := range map[string]string{
		"@dir/config.lua": "dir/config.lua",
		"=stdin":          "stdin",
		"@" + long:        long,
		"return 1":        `[string "return 1"]`,
		"a\nb":            `[string "a..."]`,
		"":                `[string ""]`,
		long:              `[string "` + long[:45] + `..."]`,
	} {
		if got := dialect.ChunkName(name); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}

func TestIncomplete(t *testing.T) {
	L := newState(t, dialect.Options{})
	for src, want := range map[string]bool{
		"x =": true, "for i = 1, 2 do": true, "f(": true, "x = [[": true, "--[[": true, "return '\\z": true,
		"x = = 1": false, "end": false, "x = 'abc": true, "goto a": false, "x = )": false,
	} {
		_, err := dialect.Load(L, "=c", []byte(src))
		var e *dialect.SyntaxError
		if !errors.As(err, &e) {
			t.Fatalf("%q: got %v", src, err)
		}
		if e.Incomplete() != want {
			t.Errorf("%q: incomplete is %v for %v", src, e.Incomplete(), err)
		}
	}
}

// FuzzTranslate checks that no source makes Translate or Load panic, that a
// translation keeps the number of lines, and that it needs no second one.
func FuzzTranslate(f *testing.F) {
	for _, s := range sources {
		f.Add([]byte(s.src))
	}
	for _, s := range []string{
		"goto a ::a:: local x <const> = 1", "a.b:c'x'{}[1]() = 2", "function f(...) return ... end", "x = 1e", "x = '\\u{", "--[==[ ]=] ]==]",
		"if a then elseif b then else end repeat until x", "x = 1 // 2", "x = a\x00b", "return 0x.p1", "local a, b = (f()), ...", "for i = 1, -0 do end",
	} {
		f.Add([]byte(s))
	}
	L := lua.NewState(stateOptions)
	f.Fuzz(func(t *testing.T, src []byte) {
		_, _ = dialect.Load(L, "=fuzz", src)
		got, err := dialect.Translate("=fuzz", src)
		if err != nil {
			var e *dialect.SyntaxError
			if !errors.As(err, &e) || e.Line < 1 {
				t.Fatalf("got %v", err)
			}
			return
		}
		if _, err := parse.Parse(bytes.NewReader(src), "fuzz"); err == nil && lines(got) != lines(src) {
			t.Errorf("%d lines became %d: %q, %q", lines(src), lines(got), src, got)
		}
		again, err := dialect.Translate("=fuzz", got)
		if err != nil || lines(again) != lines(got) {
			t.Errorf("%q: translated again: %q, %v", got, again, err)
		}
	})
}

// lines counts line ends: LF, CR, CRLF and LFCR.
func lines(b []byte) (n int) {
	for i := 0; i < len(b); i++ {
		if b[i] != '\n' && b[i] != '\r' {
			continue
		}
		n++
		if i+1 < len(b) && (b[i+1] == '\n' || b[i+1] == '\r') && b[i+1] != b[i] {
			i++
		}
	}
	return n
}

func FuzzNumber(f *testing.F) {
	for _, n := range []float64{0, 1, -1, 0.1, 1e14, 1e15, 123456789012345, 5e-324, 1.7976931348623157e308, 2.5, 0.125} {
		f.Add(n)
	}
	f.Fuzz(func(t *testing.T, n float64) {
		text := dialect.FormatNumber(n)
		back, ok := dialect.ParseNumber(text)
		if !ok {
			t.Fatalf("%v: cannot read %s back", n, text)
		}
		if again := dialect.FormatNumber(back); again != text && !strings.HasPrefix(text, "1.797693134862") {
			t.Errorf("%v: got %s, then %s", n, text, again)
		}
		if diff := back - n; n == n && diff > 1e-13*max(n, -n) {
			t.Errorf("%v became %s", n, fmt.Sprint(back))
		}
	})
}
