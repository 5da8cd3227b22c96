package terminal

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable makes text from elsewhere fit to be shown, in one line: whoever
// wrote it must not control the terminal.
func Printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c == utf8.RuneError || !unicode.IsPrint(c) {
			return '?'
		}
		return c
	}, text)
}

// Wrap breaks a text at blanks into lines of at most width bytes, as far as its
// words allow.
func Wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case len(line)+1+len(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line == "" {
		return nil
	}
	return append(lines, line)
}
