package repl

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxHistory is how many chunks are kept.
const maxHistory = 1000

// A history is the chunks that were typed, the oldest first, and the file where
// they are kept: one a line, with backslashes and line ends written as \\ and
// \n. Others may append to the file at the same time.
type history struct {
	entries []string
	path    string // empty if they are not kept
}

// historyPath returns where the history is: in the file that
// QRELAY_LUA_HISTORY names, or else where the XDG Base Directory Specification
// wants it. Empty means nowhere.
func historyPath(getenv func(string) string) string {
	if path, ok := explicitPath(getenv); ok {
		return path
	}
	state := getenv("XDG_STATE_HOME")
	if state == "" {
		home := getenv("HOME")
		if home == "" {
			return ""
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "qrelay", "lua_history")
}

// explicitPath is that of the variable; a "-" means no file.
func explicitPath(getenv func(string) string) (string, bool) {
	path := getenv("QRELAY_LUA_HISTORY")
	if path == "-" {
		return "", true
	}
	return path, path != ""
}

// openHistory reads the file, and makes it if there is none. If that fails, the
// history works but is not kept.
func openHistory(path string) (*history, error) {
	h := &history{}
	if path == "" {
		return h, nil
	}
	if err := h.load(path); err != nil {
		return h, fmt.Errorf("the history is not kept: %w", err)
	}
	h.path = path
	return h, nil
}

func (h *history) load(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxEntry*2)
	n := 0
	for ; lines.Scan(); n++ {
		h.push(decode(lines.Text()))
	}
	if err := lines.Err(); err != nil && !errors.Is(err, bufio.ErrTooLong) {
		return err
	}
	if n > 2*maxHistory {
		return h.rewrite(path)
	}
	return nil
}

// maxEntry bounds a chunk that is remembered, in bytes.
const maxEntry = 64 << 10

// add remembers a chunk. One that begins with a blank is not remembered, nor
// one that equals the last.
func (h *history) add(chunk string) {
	if chunk == "" || chunk[0] == ' ' || len(chunk) > maxEntry || slices.Contains(lastOf(h.entries), chunk) {
		return
	}
	h.push(chunk)
	if h.path == "" {
		return
	}
	f, err := os.OpenFile(h.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return // it was writable when the session began; nothing is lost but this
	}
	_, _ = f.WriteString(encode(chunk) + "\n")
	_ = f.Close()
}

func lastOf(entries []string) []string { return entries[max(len(entries)-1, 0):] }

func (h *history) push(chunk string) {
	h.entries = append(h.entries, chunk)
	if len(h.entries) > maxHistory {
		h.entries = slices.Delete(h.entries, 0, len(h.entries)-maxHistory)
	}
}

// rewrite shortens the file to what is kept.
func (h *history) rewrite(path string) error {
	var text bytes.Buffer
	for _, entry := range h.entries {
		text.WriteString(encode(entry) + "\n")
	}
	fresh := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := os.WriteFile(fresh, text.Bytes(), 0o600); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}

var (
	encoder = strings.NewReplacer("\\", "\\\\", "\n", "\\n")
	decoder = strings.NewReplacer("\\\\", "\\", "\\n", "\n")
)

func encode(chunk string) string { return encoder.Replace(chunk) }
func decode(line string) string  { return decoder.Replace(line) }
