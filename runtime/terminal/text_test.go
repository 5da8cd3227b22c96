package terminal

import (
	"strings"
	"testing"
)

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"alice@example.com": "alice@example.com",
		"büro 漢字":           "büro 漢字",
		"\x1b[2J\a\r\n\t":   "?[2J????",
		"\x80\u0085\u202e":  "???",
	} {
		if got := Printable(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	for in, want := range map[string]string{
		"":         "",
		"  ":       "",
		"a b  c":   "a b|c",
		"abcdef g": "abcdef|g",
		"a bcdef":  "a|bcdef",
	} {
		if got := strings.Join(Wrap(in, 4), "|"); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := Wrap("", 4); len(got) != 0 {
		t.Errorf("nothing is %d lines", len(got))
	}
}
