package repl

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
)

func TestPromptWhileAnotherTaskComputes(t *testing.T) {
	term := start(t, 100, 24, program(t))
	term.types("background.on_signal(function() print('busy') while true do end end)", "")
	term.signal(syscall.SIGUSR1)
	term.shows("busy\n>")
	term.keys("sodiu" + tab + "?")
	term.shows("> sodiu?")
	term.keys(ctrlC)
	term.shows("> sodiu?^C\n>")
	term.keys(ctrlD)
	if status := term.exits(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

func TestFloodOfLines(t *testing.T) {
	term := start(t, 120, 24, program(t))
	term.types("background.on_signal(function() for i = 1, 30000 do print(('x'):rep(50), i) end print('done') end)", "")
	term.keys("half ä line")
	term.shows("> half ä line")
	term.signal(syscall.SIGUSR1)
	term.shows(strings.Repeat("x", 50) + "      30000\ndone\n> half ä line")
	term.keys(strings.Repeat(left, 4) + "of a ")
	term.shows("> half ä of a line")
}

func TestResize(t *testing.T) {
	term := start(t, 60, 24, program(t))
	term.ready()
	term.keys("'a line of some length'")
	term.shows("> 'a line of some length'")
	term.screen.Resize(16, 24)
	if err := pty.Setsize(term.pty, &pty.Winsize{Cols: 16, Rows: 24}); err != nil {
		t.Fatal(err)
	}
	term.shows("> 'a line of som\ne length'")
	term.keys(backspace + "y'" + enter)
	term.shows("\"a line of some\nlengthy\"\n>")
}

func TestSuspendAndContinue(t *testing.T) {
	cmd := program(t)
	shell := exec.Command("bash", "--norc", "--noprofile", "-i")
	shell.Env = append(cmd.Env, "PS1=$ ")
	term := start(t, 80, 24, shell)
	term.shows("$")
	term.keys(executable(t) + enter)
	term.eventually("expected the prompt", term.atPrompt)
	term.keys("1 + 1")
	term.shows("> 1 + 1")
	term.keys("\x1a")
	term.eventually("expected the shell", func() bool {
		return strings.Contains(term.text(), "Stopped") && strings.HasSuffix(term.text(), "\n$")
	})
	term.keys("stty -a | grep -o ' -*icanon'; fg" + enter)
	term.shows("> 1 + 1")
	if !strings.Contains(term.text(), "\n icanon\n") {
		t.Errorf("the terminal was not restored:\n%s", term.text())
	}
	term.keys(enter)
	term.shows("> 1 + 1\n2\n>")
	term.keys(ctrlD)
	term.shows("$")
}

func TestSuspendWithoutShell(t *testing.T) {
	term := start(t, 60, 24, program(t))
	term.ready()
	term.keys("1 +\x1a 1" + enter)
	term.shows("> 1 + 1\n2\n>")
}
