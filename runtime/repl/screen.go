package repl

import (
	"bytes"
	"io"
	"sync"
)

// maxAbove bounds what waits to be shown above the line that is being typed.
// Who prints more waits until it is shown.
const maxAbove = 1 << 20

// A screen shares the terminal between the line editor, which draws frames, and
// all others, who write lines. While a line is being typed, lines wait until
// the editor is idle and takes them. A Write without line end waits for the
// rest of its line.
type screen struct {
	terminal io.Writer
	wake     func() // the editor, to take lines

	mu      sync.Mutex
	room    sync.Cond
	editing bool
	frame   []byte // drawn by the editor and not yet shown
	above   []byte
	midLine bool // what was written last, if not by the editor, has no line end
}

func newScreen(terminal io.Writer, wake func()) *screen {
	s := &screen{terminal: terminal, wake: wake}
	s.room.L = &s.mu
	return s
}

// Write shows p, at once or above the line that is being typed.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.editing && len(s.above) > maxAbove {
		s.room.Wait()
	}
	if !s.editing {
		s.midLine = len(p) > 0 && p[len(p)-1] != '\n'
		return s.terminal.Write(p)
	}
	s.above = append(s.above, p...)
	if bytes.IndexByte(p, '\n') >= 0 {
		s.wake()
	}
	return len(p), nil
}

// draw adds to the editor's frame.
func (s *screen) draw(p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frame = append(s.frame, p...)
}

// show shows what the editor has drawn, in one write, so that nothing flickers.
func (s *screen) show() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flush()
}

func (s *screen) flush() {
	if len(s.frame) > 0 {
		_, _ = s.terminal.Write(s.frame) // there is nobody left to tell
		s.frame = s.frame[:0]
	}
}

// take returns the whole lines that are to be shown above the editor's.
func (s *screen) take() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	end := bytes.LastIndexByte(s.above, '\n') + 1
	lines := s.above[:end:end]
	s.above = s.above[end:]
	s.room.Broadcast()
	return lines
}

// endLine ends the line that somebody has written a part of.
func (s *screen) endLine() {
	s.mu.Lock()
	midLine := s.midLine
	s.mu.Unlock()
	if midLine {
		_, _ = s.Write([]byte("\n")) // as for any other line
	}
}

// begin gives the terminal to the editor.
func (s *screen) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.editing, s.midLine = true, false
}

// end takes the terminal back and shows what has waited.
func (s *screen) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.editing = false
	s.frame = append(s.frame, s.above...)
	s.above = nil
	s.flush()
	s.room.Broadcast()
}
