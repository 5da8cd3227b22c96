package relay

import (
	"context"

	"qrelay/runtime/mail"
	"qrelay/runtime/qmqp"
)

// execRaw hands the message, without envelope, to a program on its standard
// input. The exit status decides, and the output is the text.
type execRaw struct {
	program
}

// String describes the action in logs.
func (a *execRaw) String() string { return "exec_raw " + a.path }

// Relay runs the program.
func (a *execRaw) Relay(ctx context.Context, m *mail.Mail) qmqp.Response {
	result, reply, ok := a.run(ctx, a.command(), m.AppendHeaders(nil), m.Message)
	switch {
	case !ok:
		return reply
	case result.Status.Success():
		return qmqp.Accepted(string(result.Output))
	}
	return failure(result.Status, string(result.Output))
}
