package demo

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// width is what terminals have had since punched cards.
const width = 80

// A story is what the reader sees.
type story struct {
	w     io.Writer
	color bool
	steps int
}

// Terminal control sequences (ECMA-48 8.3.117).
const (
	bold  = "\x1b[1m"
	green = "\x1b[32m"
	plain = "\x1b[0m"
)

func (s *story) paint(style, text string) string {
	if !s.color {
		return text
	}
	return style + text + plain
}

// title begins the story.
func (s *story) title(text string) { fmt.Fprintf(s.w, "%s\n", s.paint(bold, text)) }

// step begins a numbered step.
func (s *story) step(text string) {
	s.steps++
	lines := wrap(text, width-3)
	fmt.Fprintf(s.w, "\n%s\n", s.paint(bold, fmt.Sprintf("%d. %s", s.steps, lines[0])))
	for _, line := range lines[1:] {
		fmt.Fprintf(s.w, "%s\n", s.paint(bold, "   "+line))
	}
	fmt.Fprintln(s.w)
}

// say adds a paragraph.
func (s *story) say(text string) {
	for _, line := range wrap(text, width-3) {
		fmt.Fprintf(s.w, "   %s\n", line)
	}
}

// command shows what somebody could type to get the same, one line or more.
func (s *story) command(lines ...string) {
	prompt := "$ "
	for _, line := range lines {
		fmt.Fprintf(s.w, "   %s\n", s.paint(bold, prompt+line))
		prompt = "  "
	}
}

// quote shows a text line by line. Lines that begin with one of the marked
// prefixes are green.
func (s *story) quote(text string, marked ...string) {
	for line := range strings.Lines(text) {
		line = "   | " + strings.TrimRight(line, "\r\n")
		for _, prefix := range marked {
			if strings.HasPrefix(line, "   | "+prefix) {
				line = s.paint(green, line)
			}
		}
		fmt.Fprintln(s.w, strings.TrimRight(line, " "))
	}
}

// log shows a line of a log, folded if it is long.
func (s *story) log(line string) {
	for i, part := range wrap(line, width-9) {
		indent := "   | "
		if i > 0 {
			indent += "    "
		}
		fmt.Fprintf(s.w, "%s%s\n", indent, part)
	}
}

// wrap breaks a text at blanks into lines of at most n bytes, if it can.
func wrap(text string, n int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case len(line)+1+len(word) <= n:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}

// UseColor tells whether text for f should have colours: if it is a terminal,
// and NO_COLOR (https://no-color.org) is not set.
func UseColor(f *os.File, getenv func(string) string) bool {
	if getenv("NO_COLOR") != "" || getenv("TERM") == "dumb" {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
