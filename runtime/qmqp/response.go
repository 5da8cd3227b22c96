package qmqp

import (
	"errors"
	"fmt"
)

// Status says what became of a mail. The zero value is [StatusDeferred]: of an answer that nobody
// gave the client makes nothing worse than another try.
type Status uint8

const (
	// StatusDeferred is a temporary failure: the client keeps the mail and tries again.
	StatusDeferred Status = iota
	// StatusAccepted hands the responsibility for the mail over to the server.
	StatusAccepted
	// StatusRejected is a permanent failure: the client returns the mail to its sender.
	StatusRejected
)

// letters are the first bytes of responses, in the order of the statuses.
const letters = "ZKD"

// String returns the name of s in the words of the field: deferred, accepted or rejected.
func (s Status) String() string {
	switch s {
	case StatusDeferred:
		return "deferred"
	case StatusAccepted:
		return "accepted"
	case StatusRejected:
		return "rejected"
	}
	return fmt.Sprintf("Status(%d)", uint8(s))
}

// A Response is a server's answer to one mail. Text is for people; its bytes are passed on as they
// are, whatever they are.
type Response struct {
	Status Status
	Text   string
}

// Accepted says that the server is now responsible for the mail.
func Accepted(text string) Response { return Response{StatusAccepted, text} }

// Deferred says that the mail was not taken and that trying again later makes sense.
func Deferred(text string) Response { return Response{StatusDeferred, text} }

// Rejected says that the mail was not taken and never will be.
func Rejected(text string) Response { return Response{StatusRejected, text} }

// ErrMalformedResponse says that a peer sent something that is no QMQP response.
var ErrMalformedResponse = errors.New("qmqp: malformed response")

// ParseResponse takes the payload of a response netstring apart. It copies the text.
// Its error is [ErrMalformedResponse].
func ParseResponse(payload []byte) (Response, error) {
	if len(payload) == 0 {
		return Response{}, fmt.Errorf("%w: it is empty", ErrMalformedResponse)
	}
	for i := range len(letters) {
		if payload[0] == letters[i] {
			return Response{Status(i), string(payload[1:])}, nil
		}
	}
	return Response{}, fmt.Errorf("%w: it begins with %q, not with one of %s", ErrMalformedResponse, payload[0], letters)
}

// letter returns the first byte of r on the wire. An unknown status counts as deferred.
func (r Response) letter() byte {
	if int(r.Status) < len(letters) {
		return letters[r.Status]
	}
	return letters[StatusDeferred]
}

// String returns the payload of r: its letter and its text.
func (r Response) String() string {
	return string(r.letter()) + r.Text
}

// Append appends r as it goes over the wire: one netstring.
func (r Response) Append(dst []byte) []byte {
	dst = appendLength(dst, int64(len(r.Text))+1)
	dst = append(dst, r.letter())
	dst = append(dst, r.Text...)
	return append(dst, ',')
}
