package relay

import (
	"context"

	"qrelay/runtime/mail"
	"qrelay/runtime/qmqp"
)

// reject refuses the mail for good.
type reject struct {
	text string
}

// defaultRejection is what a client is told if the handler gave no text.
const defaultRejection = "rejected"

func (r reject) Relay(context.Context, *mail.Mail) qmqp.Response { return qmqp.Rejected(r.text) }

// String describes the action in logs.
func (r reject) String() string { return "reject" }
