package relay

import (
	"context"

	"qrelay/runtime/mail"
	"qrelay/runtime/qmqp"
)

// discard pretends that the mail was delivered.
type discard struct{}

func (discard) Relay(context.Context, *mail.Mail) qmqp.Response { return replyDiscarded }

// String describes the action in logs.
func (discard) String() string { return "discard" }
