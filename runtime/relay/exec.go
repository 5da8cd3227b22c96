package relay

import (
	"bytes"
	"context"
	"math"

	"qrelay/runtime/mail"
	"qrelay/runtime/process"
	"qrelay/runtime/qmqp"
)

// exec hands the mail as a QMQP request to a program on its standard input,
// and expects a QMQP response on its standard output. The response counts only
// if the program exits with 0.
type exec struct {
	program
}

// String describes the action in logs.
func (a *exec) String() string { return "exec " + a.path }

// Relay runs the program.
func (a *exec) Relay(ctx context.Context, m *mail.Mail) qmqp.Response {
	var f frame
	f.build(m)
	cmd := a.command()
	cmd.OutputLimit = qmqp.MaxHeader + qmqp.MaxResponse + 1
	cmd.SplitStderr = true
	result, reply, ok := a.run(ctx, cmd, f.head, m.Message, f.tail)
	if !ok {
		return reply
	}
	if result.Status.Success() && len(result.Stderr) > 0 {
		Logger(ctx).Info("program wrote to standard error", "program", a.path, "output", string(result.Stderr))
	}
	return a.judge(result)
}

// judge makes the reply of how the program ended and what it said.
func (a *exec) judge(result process.Result) qmqp.Response {
	response, err := parseOutput(result.Output)
	if result.Status.Success() {
		switch {
		case err == nil:
			return response
		case len(result.Output) == 0:
			return replyInternalError
		}
		return replyBadResponse
	}
	if err != nil { // no response: what it said, to whomever, is the text
		return failure(result.Status, string(result.Output)+string(result.Stderr))
	}
	failed := failure(result.Status, string(result.Stderr))
	if response.Status == failed.Status {
		return response // the program's own words for the same outcome
	}
	return failed
}

// parseOutput reads the response that a program wrote. One that is longer than
// what was kept of the output is cut, as one of a next hop is.
func parseOutput(output []byte) (qmqp.Response, error) {
	response, err := qmqp.ReadResponse(bytes.NewReader(output))
	if err == nil {
		return response, nil
	}
	size, rest, headerErr := qmqp.ParseHeader(output, math.MaxInt64-1)
	if headerErr != nil || size < int64(len(rest)) || len(rest) < qmqp.MaxResponse {
		return response, err
	}
	return qmqp.ParseResponse(rest[:qmqp.CutResponse])
}
