package repl

import (
	"strings"
	"testing"
)

func TestTokens(t *testing.T) {
	tests := []struct {
		src  string
		kind tokenKind
		n    int
	}{
		{"end1", name, 4}, {"end ", keyword, 3}, {"goto x", keyword, 4}, {"_x9.y", name, 3},
		{"1.5e10+", number, 6}, {"0xFF,", number, 4}, {".5 ", number, 2}, {".x", plain, 1},
		{`"a\"b" c`, text, 6}, {"'a", text, 2}, {"'a\nb'", text, 2}, {`'a\`, text, 3},
		{"[[a]]]", text, 5}, {"[==[a]]]==]", text, 11}, {"[[a", text, 3}, {"[1]", plain, 1}, {"[=x", plain, 1},
		{"--x\ny", comment, 3}, {"--[[x\n]]y", comment, 8}, {"--[[x", comment, 5}, {"--[x\ny", comment, 4},
		{"+", plain, 1}, {"ä", plain, 1},
	}
	for _, test := range tests {
		if kind, n := nextToken(test.src); kind != test.kind || n != test.n {
			t.Errorf("%q: kind %d, %d bytes; want %d, %d", test.src, kind, n, test.kind, test.n)
		}
	}
}

func TestCodeIsColoured(t *testing.T) {
	on := palette{true}
	tests := []struct{ before, src, want string }{
		{"", "return 1", "\x1b[1;34mreturn\x1b[0m \x1b[36m1\x1b[0m"},
		{"", "x.y", "x.y"},
		{"s = [[a\n", "b]] x", "\x1b[32mb]]\x1b[0m x"},
		{"-- a\n", "b", "b"},
	}
	for _, test := range tests {
		if got := on.code(test.before+test.src, len(test.before)); got != test.want {
			t.Errorf("%q: %q", test.src, got)
		}
		if got := (palette{}).code(test.before+test.src, len(test.before)); got != test.src {
			t.Errorf("%q without colours: %q", test.src, got)
		}
	}
}

func FuzzHighlight(f *testing.F) {
	for _, seed := range []string{"local x = 'a' -- b", "[==[", "--[[", "0x1p4", "\\'", "\x00\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		coloured := palette{true}.code(src, 0)
		for _, style := range append([]string{unstyled}, styles[keyword], styles[text], styles[number], styles[comment]) {
			if strings.Contains(src, style) {
				return // the text itself has colours
			}
			coloured = strings.ReplaceAll(coloured, style, "")
		}
		if coloured != src {
			t.Errorf("%q became %q", src, coloured)
		}
	})
}
