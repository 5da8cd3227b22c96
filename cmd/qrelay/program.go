package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"qrelay/runtime"
)

// program is one run, with what it gets from the outside.
type program struct {
	stdin          *os.File
	stdout, stderr io.Writer
	getenv         func(string) string
	status         int // for commands with exit statuses of their own
}

const about = `qrelay receives mails by QMQP, asks a Lua script what to do with each, and does
it: relay it by QMQP, hand it to a program, discard or reject it.`

const examples = `  qrelay demo                              see all of it at work
  qrelay --config policy.lua               run the daemon
  qrelay check --config policy.lua         is the policy sound?
  qrelay submit --to ./mail.sock -i bob@example.com <mail.eml
  qrelay sink ./next.sock --maildir Mails  a next hop that keeps mails`

// run executes a command line and returns the exit status.
func (p *program) run(ctx context.Context, args []string) int {
	root := p.newRoot()
	root.SetArgs(args)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return p.status
	}
	fmt.Fprintf(p.stderr, "qrelay: %s", err)
	var failed *failure
	if !errors.As(err, &failed) {
		fmt.Fprintf(p.stderr, "\n%s\nTry '%s --help' for more.\n", usageLine(cmd), cmd.CommandPath())
	} else if script := (*runtime.ScriptError)(nil); errors.As(err, &script) {
		fmt.Fprint(p.stderr, tracebackText(script))
	} else {
		fmt.Fprintln(p.stderr)
	}
	return 1
}

// tracebackText is what is printed behind the message of a script error: the
// active functions, on the same line if there is only one to tell.
func tracebackText(e *runtime.ScriptError) string {
	const title = "stack traceback:"
	var lines []string
	for line := range strings.Lines(strings.TrimPrefix(e.Traceback, title)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "[C]") {
			lines = append(lines, line)
		}
	}
	switch len(lines) {
	case 0:
		return "\n"
	case 1:
		return fmt.Sprintf(" (%s %s)\n", title, lines[0])
	}
	return fmt.Sprintf("\n%s\n\t%s\n", title, strings.Join(lines, "\n\t"))
}

// flagError names the flag and says what is allowed, where package strconv would
// say what it did.
func flagError(_ *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	flag, cause := invalid.GetFlag(), errors.Unwrap(err)
	if number := (*strconv.NumError)(nil); errors.As(err, &number) {
		kind := map[string]string{"int": "no whole number", "int64": "no whole number", "float64": "no number", "bool": "neither true nor false"}[flag.Value.Type()]
		if errors.Is(number, strconv.ErrRange) {
			kind = "out of range"
		}
		cause = fmt.Errorf("%q is %s", invalid.GetValue(), kind)
	}
	return fmt.Errorf("--%s: %w", flag.Name, cause)
}

func usageLine(cmd *cobra.Command) string {
	if cmd.HasParent() {
		return "Usage: " + cmd.UseLine()
	}
	return "Usage: qrelay [--config PATH] [flags], or qrelay COMMAND [flags]"
}

// A failure is an error of a command at work; all others are misuse of the
// command line.
type failure struct{ error }

func (f *failure) Unwrap() error { return f.error }

// action makes a cobra function whose errors are failures.
func action(fn func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := fn(cmd, args); err != nil {
			return &failure{err}
		}
		return nil
	}
}

// noArguments is cobra.NoArgs for commands without subcommands.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%q: %s takes no arguments, only flags", args[0], cmd.CommandPath())
	}
	return nil
}

func (p *program) newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "qrelay",
		Short:         "A QMQP relay whose policy is a Lua script",
		Long:          about + "\n\nWithout a command it is the daemon, as with \"serve\".",
		Example:       examples,
		Version:       versionText(),
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(flagError)
	p.serveFlags(root)
	root.AddCommand(p.newServe(), p.newCheck(), p.newSubmit(), p.newSink(), p.newBench(), p.newStatus(), p.newDemo())
	return root
}
