package terminal

import (
	"bytes"
	"io"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func open(t *testing.T, path string) *os.File {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// env returns the variables of an environment.
func env(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func TestWhatItIs(t *testing.T) {
	terminal, null := open(t, "/dev/ptmx"), open(t, os.DevNull)
	for _, c := range []struct {
		name              string
		stream            io.Writer
		variables         map[string]string
		is, obeys, colors bool
	}{
		{"terminal", terminal, nil, true, true, true},
		{"xterm", terminal, map[string]string{"TERM": "xterm"}, true, true, true},
		{"dumb", terminal, map[string]string{"TERM": "dumb"}, true, false, false},
		{"without colours", terminal, map[string]string{"NO_COLOR": "1"}, true, true, false},
		{"null device", null, nil, false, false, false},
		{"buffer", &bytes.Buffer{}, nil, false, false, false},
		{"no file", (*os.File)(nil), nil, false, false, false},
	} {
		getenv := env(c.variables)
		if is, obeys, colors := Is(c.stream), Obeys(c.stream, getenv), Colors(c.stream, getenv); is != c.is || obeys != c.obeys || colors != c.colors {
			t.Errorf("%s: is %v, obeys %v, colours %v", c.name, is, obeys, colors)
		}
	}
}

func TestSize(t *testing.T) {
	terminal := open(t, "/dev/ptmx")
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: 120, Row: 50}); err != nil {
		t.Fatal(err)
	}
	if columns, rows := Size(terminal); columns != 120 || rows != 50 {
		t.Errorf("%d × %d", columns, rows)
	}
	for _, stream := range []io.Writer{open(t, os.DevNull), &bytes.Buffer{}} {
		if columns, rows := Size(stream); columns != 0 || rows != 0 {
			t.Errorf("%T: %d × %d", stream, columns, rows)
		}
	}
}
