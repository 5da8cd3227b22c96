package docs

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"qrelay/runtime/await"
	"qrelay/tests/harness"
)

// A shell is where the console sessions of one page are typed in: one bash in
// an empty folder, with the programs under test.
type shell struct {
	dir  string
	cmd  *exec.Cmd // nil before the first command
	in   io.Writer
	out  *bufio.Reader
	life *os.File // ends when all processes have ended
	jobs int
}

func newShell(t *testing.T) *shell { return &shell{dir: t.TempDir()} }

// write makes a file.
func (s *shell) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A command is what stands after "$ " in a session, and the output below it.
// It must exit with 0, unless it ends in "# exit status N".
type command struct {
	text, want string
	status     int
}

var statusNote = regexp.MustCompile(`# exit status (\d+)`)

func parseSession(text string) []command {
	var all []command
	for line := range strings.Lines(text) {
		last := len(all) - 1
		switch {
		case strings.HasPrefix(line, "$ "):
			all = append(all, command{text: line[2:]})
		case line == ">\n" && last >= 0 && all[last].want == "":
			all[last].text += "\n"
		case strings.HasPrefix(line, "> ") && last >= 0 && all[last].want == "":
			all[last].text += line[2:]
		case last >= 0:
			all[last].want += line
		}
	}
	for i, c := range all {
		if m := statusNote.FindStringSubmatch(c.text); m != nil {
			all[i].status, _ = strconv.Atoi(m[1])
		}
	}
	return all
}

// session types in commands one after the other.
func (s *shell) session(t *testing.T, text string) {
	t.Helper()
	commands := parseSession(text)
	if len(commands) == 0 {
		t.Fatal(`a console session has lines that begin with "$ "`)
	}
	for _, c := range commands {
		output, status := s.run(t, c.text)
		if status != c.status {
			t.Errorf("%sexit status %d, want %d\n%s", c.text, status, c.status, output)
		}
		if !matches(c.want, output) {
			t.Errorf("%sprinted:\n%s\nwant:\n%s", c.text, output, c.want)
		}
	}
}

// background types in a command that goes on, and waits until it has printed
// what the session shows.
func (s *shell) background(t *testing.T, text string) {
	t.Helper()
	commands := parseSession(text)
	if len(commands) != 1 || commands[0].want == "" {
		t.Fatal("a session in the background is one command with some output, which is waited for")
	}
	s.jobs++
	file := filepath.Join(s.dir, fmt.Sprintf(".output%d", s.jobs))
	s.run(t, strings.TrimRight(commands[0].text, "\n")+" >"+file+" 2>&1 &\n")
	var output []byte
	defer func() {
		if t.Failed() {
			t.Logf("%sprinted:\n%s", commands[0].text, output)
		}
	}()
	await.Until(t, "the output of "+commands[0].text, func() bool {
		output, _ = os.ReadFile(file)
		return matches(commands[0].want, string(output))
	})
}

// run types in one command and returns its output and exit status.
func (s *shell) run(t *testing.T, text string) (output string, status int) {
	t.Helper()
	if s.cmd == nil {
		s.start(t)
	}
	impatient := time.AfterFunc(time.Minute, func() { syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) })
	defer impatient.Stop()
	const end = "--end-of-output--"
	fmt.Fprintf(s.in, "%s\necho \"%s $?\"\n", strings.TrimRight(text, "\n"), end)
	for {
		line, err := s.out.ReadString('\n')
		if before, after, ok := strings.Cut(line, end); ok {
			status, _ = strconv.Atoi(strings.TrimSpace(after))
			return output + before, status
		}
		if output += line; err != nil {
			t.Fatalf("the shell has ended (%v) after %s%s", err, text, output)
		}
	}
}

// start runs bash with a process group of its own.
func (s *shell) start(t *testing.T) {
	t.Helper()
	s.cmd = exec.Command("bash", "--noprofile", "--norc")
	s.cmd.Dir = s.dir
	s.cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(harness.Program("qrelay"))+":"+os.Getenv("PATH"), "LC_ALL=C.UTF-8")
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := s.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Stderr = s.cmd.Stdout
	life, held, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	s.cmd.ExtraFiles = []*os.File{held}
	s.life = life
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.in, s.out = in, bufio.NewReader(out)
}

// close ends the shell and what runs in its background.
func (s *shell) close(t *testing.T) {
	if s.cmd == nil {
		return
	}
	syscall.Kill(-s.cmd.Process.Pid, syscall.SIGTERM)
	killer := time.AfterFunc(20*time.Second, func() {
		t.Error("what the page started did not end")
		syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
	})
	io.Copy(io.Discard, s.life)
	killer.Stop()
	s.life.Close()
	s.cmd.Wait()
}

func TestParseSession(t *testing.T) {
	got := parseSession("ignored\n$ one \\\n> more\n>\nout\n> put\n$ two # exit status 3\n")
	want := []command{{text: "one \\\nmore\n\n", want: "out\n> put\n"}, {text: "two # exit status 3\n", status: 3}}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got %+v", got)
	}
}
