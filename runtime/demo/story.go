package demo

import (
	"fmt"
	"io"
	"strings"

	"qrelay/runtime/terminal"
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
	lines := terminal.Wrap(text, width-3)
	fmt.Fprintf(s.w, "\n%s\n", s.paint(bold, fmt.Sprintf("%d. %s", s.steps, lines[0])))
	for _, line := range lines[1:] {
		fmt.Fprintf(s.w, "%s\n", s.paint(bold, "   "+line))
	}
	fmt.Fprintln(s.w)
}

// say adds a paragraph.
func (s *story) say(text string) {
	for _, line := range terminal.Wrap(text, width-3) {
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
	for i, part := range terminal.Wrap(line, width-9) {
		indent := "   | "
		if i > 0 {
			indent += "    "
		}
		fmt.Fprintf(s.w, "%s%s\n", indent, part)
	}
}
