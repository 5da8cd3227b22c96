package process

import (
	"context"
	"errors"
	"time"
)

// ErrTimeout is the error of Run when Command.Timeout has passed.
var ErrTimeout = errors.New("timeout")

// Command says what to run and how.
type Command struct {
	Path string   // the program; a relative path starts at /
	Args []string // arguments after the program's name
	Env  []string // NAME=VALUE; the program gets these variables and no others

	// Timeout ends the program when it has run that long; 0 means never.
	Timeout time.Duration

	// OutputLimit is how many bytes of output are kept. The rest is read and
	// thrown away, so that the program never blocks on it.
	OutputLimit int

	// SplitStderr keeps standard error apart from standard output, with the
	// same limit. Otherwise both are one pipe, in the order of writing.
	SplitStderr bool
}

// Result is what a program left behind when it exited.
type Result struct {
	Status Status
	Output []byte // at most OutputLimit bytes
	Stderr []byte // likewise, only with SplitStderr
}

// StartError is the error of Run when the program could not be started.
type StartError struct {
	Path string
	Err  error
}

// Error has the form "exec /path: reason".
func (e *StartError) Error() string { return "exec " + e.Path + ": " + e.Err.Error() }

// Unwrap gives the system's error.
func (e *StartError) Unwrap() error { return e.Err }

// Run starts a program, writes the slices of stdin to it one after the other,
// and waits for its exit. A program that ran to its end is never an error,
// whatever its status: see Result.Status.
//
// The slices are not copied, and not touched any more once Run has returned.
//
// Run returns early, while the program is being ended in the background, when
// ctx ends (with its cause), when the timeout passes (ErrTimeout), and when the
// group is closed (ErrClosed).
func (g *Group) Run(ctx context.Context, cmd Command, stdin ...[]byte) (Result, error) {
	if ctx.Err() != nil {
		return Result{}, context.Cause(ctx)
	}
	if !g.enter() {
		return Result{}, ErrClosed
	}
	var deadline time.Time
	if cmd.Timeout > 0 {
		deadline = time.Now().Add(cmd.Timeout)
	}
	c, err := start(&cmd)
	if err != nil {
		g.leave()
		return Result{}, &StartError{cmd.Path, err}
	}
	c.stdin.feed(stdin)
	if err := c.await(deadline, ctx, g.closing); err != nil {
		c.signal(sigTerm)
		c.stdin.stop()
		go g.end(c)
		return Result{}, err
	}
	defer g.leave()
	c.release()
	return Result{Status{c.status}, c.stdout.kept, c.stderr.kept}, c.lost
}
