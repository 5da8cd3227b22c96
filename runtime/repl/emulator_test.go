package repl

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
)

// An emulator is a terminal with somebody who types, and the program.
type emulator struct {
	t      *testing.T
	cmd    *exec.Cmd
	pty    *os.File
	screen vt10x.Terminal
	ended  chan error
}

// start runs the program in a terminal.
func start(t *testing.T, columns, rows int, cmd *exec.Cmd) *emulator {
	t.Helper()
	master, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)})
	if err != nil {
		t.Fatal(err)
	}
	term := &emulator{t: t, cmd: cmd, pty: master, ended: make(chan error, 1)}
	term.screen = vt10x.New(vt10x.WithSize(columns, rows))
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for r := bufio.NewReader(master); ; {
			if err := term.screen.Parse(r); err != nil {
				return // the program has closed its side
			}
		}
	}()
	go func() {
		<-drained
		term.ended <- cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-drained
		master.Close()
	})
	return term
}

// text returns what the screen shows, without blanks at line ends and lines at
// the end that are empty.
func (term *emulator) text() string {
	var lines []string
	for line := range strings.SplitSeq(term.screen.String(), "\n") {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// keys types.
func (term *emulator) keys(keys string) {
	term.t.Helper()
	if _, err := term.pty.WriteString(keys); err != nil {
		term.t.Fatal(err)
	}
}

// Keys as terminals send them.
const (
	enter     = "\r"
	tab       = "\t"
	up        = "\x1b[A"
	left      = "\x1b[D"
	ctrlA     = "\x01"
	ctrlC     = "\x03"
	ctrlD     = "\x04"
	ctrlR     = "\x12"
	ctrlW     = "\x17"
	ctrlLeft  = "\x1b[1;5D"
	altD      = "\x1bd"
	backspace = "\x7f"
)

// patience for the program; it may run with the race detector on a busy machine.
const testPatience = 20 * time.Second

// eventually waits until ok, and fails with what the screen shows if that takes
// too long.
func (term *emulator) eventually(what string, ok func() bool) {
	term.t.Helper()
	deadline := time.Now().Add(testPatience)
	for !ok() {
		if time.Now().After(deadline) {
			term.t.Fatalf("%s; the screen shows\n%s", what, term.text())
		}
		time.Sleep(2 * time.Millisecond) // polls
	}
}

// shows waits until the screen ends with a text.
func (term *emulator) shows(want string) {
	term.t.Helper()
	term.eventually("expected at the end:\n"+want+"\n", func() bool {
		return strings.HasSuffix("\n"+term.text(), "\n"+want)
	})
}

// types types a line when the prompt is there, and waits for what it prints and
// the next prompt.
func (term *emulator) types(line, want string) {
	term.t.Helper()
	term.ready()
	term.keys(line + enter)
	if want != "" {
		want += "\n"
	}
	term.shows(strings.TrimRight("> "+line, " ") + "\n" + want + ">")
}

// ready waits for the prompt.
func (term *emulator) ready() {
	term.t.Helper()
	term.shows(">")
}

// exits waits for the end of the program and returns its exit status.
func (term *emulator) exits() int {
	term.t.Helper()
	select {
	case err := <-term.ended:
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			term.t.Fatal(err)
		}
		return term.cmd.ProcessState.ExitCode()
	case <-time.After(testPatience):
		term.t.Fatalf("the program does not end; the screen shows\n%s", term.text())
		return -1
	}
}

// signal sends a signal to the program.
func (term *emulator) signal(s syscall.Signal) {
	term.t.Helper()
	if err := term.cmd.Process.Signal(s); err != nil {
		term.t.Fatal(err)
	}
}
