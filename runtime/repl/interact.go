package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"

	"qrelay/runtime/terminal"
)

// Prompts, as in lua(1).
const (
	firstPrompt = "> "
	morePrompt  = ">> "
)

// A prompt is a session with somebody who types, or with a pipe that does as
// if.
type prompt struct {
	*session
	lines    lineReader
	help     *helpIndex
	terminal bool
	chunk    string // the lines so far
	quit     bool

	mu     sync.Mutex
	cancel context.CancelCauseFunc // of the running line, nil if none runs
	giveUp func()                  // the line that is being typed
	end    func()                  // of all input
	signal os.Signal               // that ended the session
}

// interact runs the command line, and then reads lines until the end.
func (s *session) interact(ctx context.Context) int {
	p := &prompt{session: s, terminal: terminal.Is(s.program.Stdin) && terminal.Is(s.program.Stdout)}
	if err := p.openLines(); err != nil {
		return status(s.report(err))
	}
	defer p.lines.close()
	defer watchSignals(p.interrupt, os.Interrupt).stop()
	defer watchSignals(p.terminate, endSignals...).stop()
	return p.run(ctx)
}

// run is the session between opening and closing the terminal.
func (p *prompt) run(ctx context.Context) int {
	if err := p.running(ctx, p.open); err != nil {
		return status(p.report(err))
	}
	defer func() { _ = p.report(p.trial.Close()) }()
	p.help = newHelpIndex(p.trial.Modules())
	p.greet()
	if err := p.running(ctx, p.commandLine); err != nil {
		return status(p.report(err))
	}
	err := p.loop(ctx)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return status(p.report(err))
	case p.signal != nil:
		return 128 + int(p.signal.(syscall.Signal))
	case p.failed && !p.terminal:
		return 1
	}
	return 0
}

// openLines chooses how lines are read.
func (p *prompt) openLines() error {
	o := p.program
	if !p.terminal || o.Getenv("TERM") == "dumb" {
		r, err := newPlainReader(o.Stdin, p.promptWriter())
		if err == nil {
			p.lines, p.giveUp, p.end = r, r.giveUp, r.stop
		}
		return err
	}
	h, historyErr := openHistory(historyPath(o.Getenv))
	e, err := newEditor(o.Stdin, o.Stdout, h, p.palette, completer{p})
	if err != nil {
		return err
	}
	p.lines, p.giveUp, p.end = e, func() {}, e.stop
	p.stdout = e.screen
	if terminal.Is(o.Stderr) {
		p.stderr = e.screen
	}
	e.context = p.before
	p.exit = func(status int) {
		e.restore()
		os.Exit(status)
	}
	if historyErr != nil {
		fmt.Fprintln(p.stderr, historyErr)
	}
	return nil
}

// before returns the lines of the chunk before the one that is being typed.
func (p *prompt) before() string {
	if p.chunk == "" {
		return ""
	}
	return p.chunk + "\n"
}

// promptWriter is where prompts go if there is no editor. A pipe that feeds a
// configuration with commands gets none.
func (p *prompt) promptWriter() io.Writer {
	if p.terminal || p.in.interactive {
		return p.stdout
	}
	return io.Discard
}

func (p *prompt) greet() {
	if !p.terminal {
		return
	}
	if !p.in.version {
		fmt.Fprintf(p.stdout, "%s\n", p.program.banner())
	}
	fmt.Fprintln(p.stdout, ".help lists what there is, Ctrl-D leaves")
	if p.in.config != "" {
		p.listeners()
	}
}

// loop reads and runs lines.
func (p *prompt) loop(ctx context.Context) error {
	for !p.quit {
		line, err := p.lines.readLine(p.text())
		switch {
		case errors.Is(err, errInterrupted):
			p.chunk = ""
		case errors.Is(err, io.EOF) && p.chunk != "" && p.signal == nil:
			p.unfinished(ctx)
		case err != nil:
			return err
		default:
			p.line(ctx, line)
		}
	}
	return nil
}

func (p *prompt) text() string {
	if p.chunk != "" {
		return morePrompt
	}
	return firstPrompt
}

// line takes one line: a command, or some Lua.
func (p *prompt) line(ctx context.Context, line string) {
	if p.chunk == "" && isCommand(line) {
		p.lines.remember(line)
		p.judge(p.running(ctx, func(ctx context.Context) error { return p.command(ctx, line) }))
		return
	}
	chunk := p.before() + line
	err := p.running(ctx, func(ctx context.Context) error { return p.eval(ctx, chunk) })
	if errors.Is(err, errIncomplete) {
		p.chunk = chunk
		return
	}
	p.chunk = ""
	p.lines.remember(chunk)
	p.judge(err)
}

// unfinished deals with the end of input in a chunk. At a terminal it gives the
// chunk up, and only the next one ends the session.
func (p *prompt) unfinished(ctx context.Context) {
	chunk := p.chunk
	p.chunk = ""
	if p.terminal {
		return
	}
	p.judge(p.running(ctx, func(ctx context.Context) error {
		return p.trial.Runtime().DoString(ctx, "=stdin", chunk)
	}))
}

// judge reports what a line failed with.
func (p *prompt) judge(err error) {
	if err != nil {
		p.failed = true
		p.endLine()
		fmt.Fprintln(p.stderr, p.sources.explain(err, p.errors))
	}
}

// running runs fn so that Ctrl-C stops it, and nothing else.
func (p *prompt) running(ctx context.Context, fn func(ctx context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	p.setCancel(cancel)
	defer p.setCancel(nil)
	return fn(ctx)
}

func (p *prompt) setCancel(cancel context.CancelCauseFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cancel = cancel
}

// interrupt is called for SIGINT.
func (p *prompt) interrupt(os.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cancel != nil {
		p.cancel(errInterrupted)
		return
	}
	p.giveUp()
}

// terminate is called for signals that end the program: the running line is
// stopped, and there are no more.
func (p *prompt) terminate(s os.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.signal = s
	if p.cancel != nil {
		p.cancel(fmt.Errorf("ended by signal: %s", s))
	}
	p.end()
}

// isCommand tells whether a line is a command: no Lua begins with a dot.
func isCommand(line string) bool {
	line = strings.TrimLeft(line, " \t")
	return len(line) > 1 && line[0] == '.' && isNameStart(line[1])
}
