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

	// Timeout bounds Run as a whole, waiting for a place included: the program
	// is ended when it has passed; 0 means never.
	Timeout time.Duration

	// Patience is how long Run waits for the end of other programs if there are
	// as many as may be.
	Patience time.Duration

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
// group is closed (ErrClosed). When as many programs are running as may, it
// waits, and returns ErrFull if none ends for too long.
func (g *Group) Run(ctx context.Context, cmd Command, stdin ...[]byte) (Result, error) {
	var deadline time.Time
	if cmd.Timeout > 0 {
		deadline = time.Now().Add(cmd.Timeout)
	}
	if err := g.enter(ctx, cmd.Patience, deadline); err != nil {
		return Result{}, err
	}
	c, err := g.start(&cmd)
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
