package qmqp

import (
	"errors"
	"fmt"
)

// ErrMalformed says that the payload of a request is not what QMQP wants in it: a message, a sender
// and at least one recipient, each a netstring, and nothing else.
var ErrMalformed = errors.New("qmqp: malformed request")

// ErrTooManyRecipients says that a request has more than [MaxRecipients] recipients.
var ErrTooManyRecipients = errors.New("qmqp: too many recipients")

// MaxRecipients is the most recipients a request may have. It bounds what one mail costs whoever
// has to look at each of them.
const MaxRecipients = 1024

// A Request is one mail and its envelope.
type Request struct {
	// Message is part of the payload that the request was parsed from. It lives as long as that.
	Message []byte
	// Sender is the return path, empty for bounces. It is a copy, as the recipients are.
	Sender string
	// Recipients has at least one and at most MaxRecipients elements, in the order of the request.
	Recipients []string
}

// ParseRequest takes the payload of a request netstring apart without copying the message.
// Its errors are [ErrMalformed] and [ErrTooManyRecipients].
func ParseRequest(payload []byte) (Request, error) {
	message, envelope, ok := cut(payload)
	if !ok {
		return Request{}, fmt.Errorf("%w: bad netstring in place of the message", ErrMalformed)
	}
	recipients, err := checkEnvelope(envelope)
	if err != nil {
		return Request{}, err
	}
	sender, list := splitEnvelope(envelope, recipients)
	return Request{Message: message, Sender: sender, Recipients: list}, nil
}

// checkEnvelope returns how many recipients follow the sender, before anything is allocated for them.
func checkEnvelope(b []byte) (recipients int, err error) {
	_, b, ok := cut(b)
	if !ok {
		return 0, fmt.Errorf("%w: bad netstring in place of the sender", ErrMalformed)
	}
	for len(b) > 0 {
		recipients++
		if _, b, ok = cut(b); !ok {
			return 0, fmt.Errorf("%w: bad netstring in place of recipient %d", ErrMalformed, recipients)
		}
	}
	switch {
	case recipients == 0:
		return 0, fmt.Errorf("%w: no recipient", ErrMalformed)
	case recipients > MaxRecipients:
		return 0, fmt.Errorf("%w: %d, at most %d are allowed", ErrTooManyRecipients, recipients, MaxRecipients)
	}
	return recipients, nil
}

// splitEnvelope copies an envelope that was checked. All its strings share one piece of memory.
func splitEnvelope(b []byte, recipients int) (sender string, list []string) {
	text := string(b)
	list = make([]string, recipients)
	next := func() string {
		value, rest, _ := cut(b)
		end := len(text) - len(rest) - 1
		b = rest
		return text[end-len(value) : end]
	}
	sender = next()
	for i := range list {
		list[i] = next()
	}
	return sender, list
}
