package repl

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/inspect"
	"qrelay/runtime/terminal"
)

// sources knows the texts of chunks, for errors that point into them.
type sources struct {
	inputs map[string]string
	order  []string
}

// maxInputs is how many of the last inputs are kept.
const maxInputs = 1000

// add keeps the text of an input.
func (s *sources) add(name, text string) {
	if s.inputs == nil {
		s.inputs = map[string]string{}
	}
	s.inputs[name] = text
	s.order = append(s.order, name)
	if len(s.order) > maxInputs {
		delete(s.inputs, s.order[0])
		s.order = s.order[1:]
	}
}

// line returns one line of a chunk.
func (s *sources) line(name string, n int) (string, bool) {
	text, ok := s.inputs[name]
	if !ok {
		file, err := os.ReadFile(name)
		if err != nil {
			return "", false // not from a file, or the file is gone
		}
		text = string(file)
	}
	lines := strings.Split(text, "\n")
	if n < 1 || n > len(lines) {
		return "", false
	}
	return strings.TrimRight(lines[n-1], "\r"), true
}

// maxExcerpt bounds the line that is shown, in bytes.
const maxExcerpt = 160

// position is at the beginning of error messages: chunk and line.
var position = regexp.MustCompile(`^(.+?):(\d+): `)

// excerpt returns the source line that a message points to, with its number.
func (s *sources) excerpt(message string, p palette) string {
	m := position.FindStringSubmatch(message)
	if m == nil {
		return ""
	}
	n, err := strconv.Atoi(m[2])
	if err != nil {
		return ""
	}
	line, ok := s.line(m[1], n)
	if !ok || strings.TrimSpace(line) == "" {
		return ""
	}
	line = terminal.Printable(strings.ReplaceAll(line, "\t", "    "))
	if len(line) > maxExcerpt {
		line = strings.ToValidUTF8(line[:maxExcerpt], "") + "…"
	}
	return p.faint(fmt.Sprintf("%5d | ", n)) + p.code(line, 0)
}

// raisedAt returns the source line that raised an error whose message tells no
// position, as those of assert: the innermost in the traceback that is known.
func (s *sources) raisedAt(err *runtime.ScriptError, p palette) string {
	if err.Cause != nil || position.MatchString(err.Message) {
		return ""
	}
	for line := range strings.Lines(err.Traceback) {
		if excerpt := s.excerpt(strings.TrimLeft(line, " \t"), p); excerpt != "" {
			return excerpt
		}
	}
	return ""
}

// explain returns the message of an error, the line that it points to, and the
// traceback.
func (s *sources) explain(err error, p palette) string {
	parts := []string{p.failure(message(err))}
	var script *runtime.ScriptError
	errors.As(err, &script)
	line := s.excerpt(err.Error(), p)
	if line == "" && script != nil {
		line = s.raisedAt(script, p)
	}
	if line != "" {
		parts = append(parts, line)
	}
	if script != nil {
		if trace := traceback(script.Traceback); trace != "" {
			parts = append(parts, p.faint(trace))
		}
	}
	return strings.Join(parts, "\n")
}

// message returns what was raised, also if it is no string.
func message(err error) string {
	var script *runtime.ScriptError
	if errors.As(err, &script) && script.Cause == nil && script.Value != nil {
		if _, ok := script.Value.(*lua.LTable); ok {
			return "error object: " + inspect.String(script.Value)
		}
	}
	return err.Error()
}

// traceback drops what says nothing to Lua programmers: functions in Go without
// name, the stack of Go itself, and a traceback of nothing but the place that
// the message tells.
func traceback(trace string) string {
	if i := strings.Index(trace, "stack traceback:"); i > 0 {
		trace = trace[i:]
	}
	var kept []string
	for line := range strings.Lines(trace) {
		line = strings.TrimRight(line, "\n")
		if strings.TrimSpace(line) != "[C]: ?" && strings.TrimSpace(line) != "" {
			kept = append(kept, line)
		}
	}
	if len(kept) <= 2 {
		return ""
	}
	return strings.Join(kept, "\n")
}
