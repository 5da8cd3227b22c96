package sink

import (
	"bytes"
	"context"

	"qrelay/runtime/qmqp"
)

// A Store keeps mails. Its method may be called from any goroutine.
type Store interface {
	// Store returns after the mail is safe, with the text that the client is
	// told, or with the reason why it could not be kept. Nothing of it is left
	// then.
	Store(ctx context.Context, r qmqp.Request) (text string, err error)
}

// Discard is a Store that forgets.
type Discard struct{}

// Store does nothing.
func (Discard) Store(context.Context, qmqp.Request) (string, error) { return "discarded", nil }

// appendTrace appends the header fields with the envelope that delivery agents
// put on top: Return-Path (RFC 5321 4.4) and one Delivered-To per recipient.
// Their line ends are those of the message.
func appendTrace(dst []byte, r qmqp.Request) []byte {
	end := "\n"
	if i := bytes.IndexByte(r.Message, '\n'); i > 0 && r.Message[i-1] == '\r' {
		end = "\r\n"
	}
	dst = append(dst, "Return-Path: <"+r.Sender+">"+end...)
	for _, recipient := range r.Recipients {
		dst = append(dst, "Delivered-To: "+recipient+end...)
	}
	return dst
}
