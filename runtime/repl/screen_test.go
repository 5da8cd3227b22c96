package repl

import (
	"bytes"
	"strings"
	"sync"
	"testing"
)

// A recordingTerminal keeps each write.
type recordingTerminal struct {
	mu     sync.Mutex
	writes []string
}

func (r *recordingTerminal) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writes = append(r.writes, string(p))
	return len(p), nil
}

func (r *recordingTerminal) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.writes, "|")
}

func TestScreenSharesTheTerminal(t *testing.T) {
	var terminal recordingTerminal
	woken := 0
	s := newScreen(&terminal, func() { woken++ })
	write := func(text string) {
		if n, err := s.Write([]byte(text)); n != len(text) || err != nil {
			t.Errorf("%q: %d, %v", text, n, err)
		}
	}
	write("before\n")
	s.begin()
	s.draw([]byte("> "))
	s.draw([]byte("x"))
	write("half ")
	if woken != 0 {
		t.Error("woken for half a line")
	}
	write("a line\nanother half")
	if woken != 1 {
		t.Errorf("woken %d times", woken)
	}
	if lines := s.take(); string(lines) != "half a line\n" {
		t.Errorf("took %q", lines)
	}
	s.show()
	s.show()
	s.end()
	write("after")
	s.endLine()
	s.endLine()
	if got, want := terminal.text(), "before\n|> x|another half|after|\n"; got != want {
		t.Errorf("wrote %q, want %q", got, want)
	}
}

func TestScreenMakesWritersWait(t *testing.T) {
	var terminal recordingTerminal
	s := newScreen(&terminal, func() {})
	s.begin()
	block := bytes.Repeat([]byte("x\n"), maxAbove/4)
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() { _, _ = s.Write(block) })
	}
	taken := 0
	for taken < 6*len(block) {
		taken += len(s.take())
	}
	s.end()
	writers.Wait()
	if written := len(terminal.text()); written+taken < 8*len(block) {
		t.Errorf("%d bytes taken, %d written", taken, written)
	}
}
