package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"qrelay/runtime"
	"qrelay/runtime/terminal"
	"qrelay/runtime/trial"
)

// Options are what the program is given.
type Options struct {
	Args    []string // without the name of the program
	Modules []runtime.Module
	Version string
	Stdin   *os.File
	Stdout  *os.File
	Stderr  *os.File
	Getenv  func(string) string
}

// Main is the program qrelay-lua; it returns the exit status.
func Main(ctx context.Context, o Options) int {
	in, err := parseArguments(o.Args)
	if err != nil {
		fmt.Fprintf(o.Stderr, "qrelay-lua: %s\n%s", err, usage)
		return 1
	}
	if in.help {
		_, err := io.WriteString(o.Stdout, usage)
		return status(err)
	}
	if in.version {
		fmt.Fprintln(o.Stdout, o.banner())
	}
	if in.tests != "" {
		return o.test(ctx, in.tests)
	}
	if in.version && len(in.steps) == 0 && in.script == "" && in.config == "" && !in.interactive {
		return 0
	}
	return o.run(ctx, in)
}

func (o *Options) banner() string {
	return "qrelay-lua " + o.Version + ", Lua 5.1 as LuaJIT has it"
}

func status(err error) int {
	if err != nil {
		return 1
	}
	return 0
}

// test runs test files.
func (o *Options) test(ctx context.Context, path string) int {
	ctx, stop := interruptible(ctx)
	defer stop()
	p := o.palette(o.Stdout)
	var s sources
	run := trial.TestRun{
		Options: trial.Options{Modules: o.Modules, Logger: newLogger(o.Stderr, palette{})},
		Path:    path,
		Out:     o.Stdout,
		Explain: func(err error) string { return s.explain(err, p) },
	}
	err := run.Run(ctx)
	if err != nil && !errors.Is(err, trial.ErrTestsFailed) {
		fmt.Fprintf(o.Stderr, "qrelay-lua: %s\n", err)
	}
	return status(err)
}

// palette returns the colours for text that is written to f.
func (o *Options) palette(f *os.File) palette { return palette{terminal.Colors(f, o.Getenv)} }
