package repl

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/inspect"
)

// print prints what a chunk returned, which is all that L has on its stack. Short
// values stand in one line, separated by tabs as print does.
func (s *session) print(L *lua.LState) {
	var texts []string
	separator := "\t"
	for i := 1; i <= L.GetTop(); i++ {
		text := inspect.String(L.Get(i))
		if strings.Contains(text, "\n") {
			separator = "\n"
		}
		texts = append(texts, s.palette.code(text, 0))
	}
	if len(texts) == 0 {
		return
	}
	s.endLine()
	fmt.Fprintln(s.stdout, strings.Join(texts, separator))
}

// endLine ends the line that a script has written a part of, at a terminal.
func (s *session) endLine() {
	if screen, ok := s.stdout.(*screen); ok {
		screen.endLine()
	}
}

// cutEquals takes the "=" off a chunk that begins with one.
func cutEquals(chunk string) (string, bool) {
	return strings.CutPrefix(strings.TrimLeft(chunk, " \t"), "=")
}
