package relay

import (
	"context"
	"errors"
	"time"

	"qrelay/runtime/process"
	"qrelay/runtime/qmqp"
)

// Limits of programs.
const (
	maxArgs          = 32 // with the program itself
	maxEnv           = 32
	maxProgramOutput = 255 // bytes passed on to the client
	maxTimeout       = time.Hour
)

// internalError is the text for programs that failed without a word.
const internalError = "internal server error"

// A program is what exec and exec_raw run.
type program struct {
	path     string
	args     []string
	env      []string
	timeout  time.Duration // 0: none
	patience time.Duration // for other programs to end
	children *process.Group
}

// Sends marks a Sender.
func (p *program) Sends() {}

// command says how the program is run; the caller adds what is special.
func (p *program) command() process.Command {
	return process.Command{Path: p.path, Args: p.args, Env: p.env, Timeout: p.timeout, Patience: p.patience, OutputLimit: maxProgramOutput}
}

// run runs the program. If it did not run to its end, ok is false, and the
// reply says why.
func (p *program) run(ctx context.Context, cmd process.Command, stdin ...[]byte) (result process.Result, reply qmqp.Response, ok bool) {
	result, err := p.children.Run(ctx, cmd, stdin...)
	switch {
	case err == nil:
		p.logStatus(ctx, result)
		return result, reply, true
	case errors.Is(err, process.ErrTimeout):
		reply = replyTimeout
	case errors.Is(err, process.ErrFull):
		reply = replyBusy
	case errors.Is(err, process.ErrClosed):
		reply = replyShutdown
	case ctx.Err() != nil:
		reply = replyCanceled
	default:
		reply = replyInternalError
	}
	Logger(ctx).Warn("program failed", "program", p.path, "error", err.Error())
	return result, reply, false
}

func (p *program) logStatus(ctx context.Context, result process.Result) {
	if !result.Status.Success() {
		Logger(ctx).Warn("program failed", "program", p.path, "status", result.Status.String(), "output", string(result.Output)+string(result.Stderr))
	}
}

// failure is the reply for a program that ended with another status than 0.
func failure(status process.Status, text string) qmqp.Response {
	if text == "" {
		text = internalError
	}
	if len(text) > maxProgramOutput {
		text = text[:maxProgramOutput]
	}
	if status.Permanent() {
		return qmqp.Rejected(text)
	}
	return qmqp.Deferred(text)
}
