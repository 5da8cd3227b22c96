package repl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"syscall"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/dialect"
	"qrelay/runtime/terminal"
	"qrelay/runtime/trial"
)

// A session is one run of the program with its virtual machine.
type session struct {
	program *Options
	in      *invocation
	trial   *trial.Trial
	stdin   *os.File
	stdout  io.Writer
	stderr  io.Writer
	palette palette // for stdout
	errors  palette // for stderr
	sources sources
	inputs  int
	exit    func(status int)
	failed  bool // a line has failed that came from no terminal
}

// run runs what the command line says, and then the prompt if it is wanted.
func (o *Options) run(ctx context.Context, in *invocation) int {
	s := &session{
		program: o, in: in,
		stdin: o.Stdin, stdout: o.Stdout, stderr: o.Stderr,
		palette: o.palette(o.Stdout), errors: o.palette(o.Stderr),
		exit: os.Exit,
	}
	if terminal.Is(o.Stdin) {
		if stdin, err := reopen(o.Stdin); err == nil { // if not, reading cannot be interrupted
			s.stdin = stdin
			defer stdin.Close()
		}
	}
	if in.idle() && terminal.Is(o.Stdin) || in.interactive || in.config != "" && in.idle() {
		return s.interact(ctx)
	}
	return status(s.batch(ctx))
}

// reopen opens a terminal once more, in a way that a read can be cancelled,
// without an effect on others who have it open.
func reopen(f *os.File) (*os.File, error) {
	return os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", f.Fd()), os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
}

// batch runs the command line without prompt.
func (s *session) batch(ctx context.Context) (err error) {
	ctx, stop := interruptible(ctx)
	defer stop()
	if err := s.open(ctx); err != nil {
		return s.report(err)
	}
	defer func() { err = errors.Join(err, s.report(s.trial.Close())) }()
	if s.in.idle() {
		s.in.script = "-"
	}
	return s.report(s.commandLine(ctx))
}

// open makes the virtual machine and runs the configuration. If that fails, the
// session is as it was.
func (s *session) open(ctx context.Context) error {
	t, err := trial.Open(ctx, trial.Options{
		Config:  s.in.config,
		Modules: s.program.Modules,
		Logger:  s.logger(),
		Stdin:   s.stdin,
		Stdout:  s.stdout,
		Stderr:  s.stderr,
		Exit:    s.exit,
	})
	if err != nil {
		return err
	}
	err = t.Runtime().Main(ctx, "start", func(L *lua.LState) error {
		s.setArg(L)
		return nil
	})
	if err != nil {
		return errors.Join(err, t.Close())
	}
	s.trial = t
	return nil
}

func (s *session) logger() *slog.Logger { return newLogger(s.stderr, s.errors) }

// main runs fn as a part of the main program.
func (s *session) main(ctx context.Context, fn func(L *lua.LState) error) error {
	return s.trial.Runtime().Main(ctx, "line", fn)
}

// setArg makes the global arg: the script at 0, its arguments after it, and all
// that came before it at negative places.
func (s *session) setArg(L *lua.LState) {
	arg := L.NewTable()
	words := append([]string{"qrelay-lua"}, s.in.before...)
	for i, word := range words {
		arg.RawSetInt(i-len(words), lua.LString(word))
	}
	arg.RawSetInt(0, lua.LString(cmp.Or(s.in.script, words[0])))
	for i, word := range s.in.args {
		arg.RawSetInt(i+1, lua.LString(word))
	}
	L.G.Global.RawSetString("arg", arg)
}

// commandLine does the steps, and then runs the script.
func (s *session) commandLine(ctx context.Context) error {
	for _, step := range s.in.steps {
		run := s.trial.Runtime().DoString
		if step.option == 'l' {
			run = s.library
		} else {
			s.sources.add("(command line)", step.value)
		}
		if err := run(ctx, "=(command line)", step.value); err != nil {
			return err
		}
	}
	switch s.in.script {
	case "":
		return nil
	case "-":
		return s.standardInput(ctx)
	}
	return s.trial.Runtime().DoFile(ctx, s.in.script, s.in.args...)
}

// library requires a module and makes it a global.
func (s *session) library(ctx context.Context, _, name string, _ ...string) error {
	return s.main(ctx, func(L *lua.LState) error {
		if err := runtime.Call(L, L.GetGlobal("require"), 1, lua.LString(name)); err != nil {
			return err
		}
		L.G.Global.RawSetString(name, L.Get(-1))
		return nil
	})
}

// standardInput runs standard input as one chunk. The script may read what
// comes after it only if that is no terminal.
func (s *session) standardInput(ctx context.Context) error {
	src, err := io.ReadAll(s.stdin)
	if err != nil {
		return fmt.Errorf("standard input: %w", err)
	}
	s.sources.add("stdin", string(src))
	return s.trial.Runtime().DoString(ctx, "=stdin", string(src), s.in.args...)
}

// report writes an error to standard error and returns it.
func (s *session) report(err error) error {
	if err != nil {
		fmt.Fprintf(s.stderr, "qrelay-lua: %s\n", s.sources.explain(err, s.errors))
	}
	return err
}

// endSignals end the program in good order.
var endSignals = []os.Signal{syscall.SIGTERM, syscall.SIGHUP}

// errIncomplete means that a chunk needs more lines.
var errIncomplete = errors.New("the chunk is incomplete")

// eval runs a chunk that was typed, and prints the values of an expression. If
// more is to come, it does nothing and returns errIncomplete.
func (s *session) eval(ctx context.Context, chunk string) error {
	return s.main(ctx, func(L *lua.LState) error {
		name := fmt.Sprintf("input %d", s.inputs+1)
		fn, expression, err := compile(L, name, chunk)
		if errors.Is(err, errIncomplete) {
			return err
		}
		s.inputs++
		s.sources.add(name, chunk)
		if err != nil {
			return err
		}
		if err := runtime.Call(L, fn, lua.MultRet); err != nil {
			return err
		}
		if expression && L.GetTop() > 0 {
			L.G.Global.RawSetString("_", L.Get(1))
		}
		s.print(L)
		return nil
	})
}

// compile compiles a chunk, as an expression if it is one. As in Lua 5.1, "="
// in front of an expression is allowed.
func compile(L *lua.LState, name, chunk string) (fn *lua.LFunction, expression bool, err error) {
	if rest, ok := cutEquals(chunk); ok {
		chunk = rest
	}
	if fn, err = dialect.Load(L, "="+name, []byte("return "+chunk)); err == nil {
		return fn, true, nil
	}
	fn, err = dialect.Load(L, "="+name, []byte(chunk))
	var syntax *dialect.SyntaxError
	if errors.As(err, &syntax) && syntax.Incomplete() {
		return nil, false, errIncomplete
	}
	return fn, false, err
}
