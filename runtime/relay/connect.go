package relay

import (
	"context"
	"errors"
	"sync"
	"time"

	"qrelay/runtime/address"
	"qrelay/runtime/mail"
	"qrelay/runtime/qmqp"
	"qrelay/runtime/sock"
)

// Limits of a next hop.
const (
	connectTimeout  = 20 * time.Second // to accept the connection
	sendTimeout     = 10 * time.Second // to take some more bytes
	responseTimeout = 60 * time.Second // to answer, from the last byte sent
)

// DefaultPort is QMQP's TCP port.
const DefaultPort = 628

// connect passes the mail on to another QMQP server.
type connect struct {
	next    address.Address
	timeout time.Duration // for everything together; 0: only the limits above
	log     logger
}

// Sends marks a Sender.
func (a *connect) Sends() {}

// String describes the action in logs.
func (a *connect) String() string { return "connect " + a.next.String() }

// Relay returns the next hop's response as it came.
func (a *connect) Relay(ctx context.Context, m *mail.Mail) qmqp.Response {
	if a.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, a.timeout, sock.ErrTimeout)
		defer cancel()
	}
	c, err := dial(ctx, a.next)
	if err != nil {
		return a.failed(err, replyConnectFailed)
	}
	defer c.Close()
	c.SetTimeouts(responseTimeout, sendTimeout)
	c.Bind(ctx)
	response, err := converse(c, m)
	switch {
	case err == nil:
		return response
	case errors.Is(err, qmqp.ErrMalformedResponse):
		return a.failed(err, replyBadResponse)
	}
	return a.failed(err, replyRelayFailed)
}

// failed logs why there is no response, and says what the client is told.
func (a *connect) failed(err error, reply qmqp.Response) qmqp.Response {
	if errors.Is(err, sock.ErrTimeout) {
		reply = replyTimeout
	}
	a.log.logger().Warn("relaying failed", "next_hop", a.next.String(), "error", err.Error())
	return reply
}

// dial connects.
func dial(ctx context.Context, next address.Address) (*sock.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, connectTimeout, sock.ErrTimeout)
	defer cancel()
	return sock.Dial(ctx, next)
}

// converse sends the mail and reads the response. A next hop that answers
// before it has read everything, whether it closes or just stops reading, has
// answered.
func converse(c *sock.Conn, m *mail.Mail) (qmqp.Response, error) {
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.build(m)
	_, sendErr := c.Writev(f.head, m.Message, f.tail)
	patience := responseTimeout
	if errors.Is(sendErr, sock.ErrTimeout) {
		patience = time.Millisecond
	}
	response, err := qmqp.ReadResponse(&deadlineReader{c: c, deadline: time.Now().Add(patience)})
	if err != nil && sendErr != nil {
		err = sendErr
	}
	return response, err
}

// A frame is what goes around a message.
type frame struct {
	headers, head, tail []byte
}

var frames = sync.Pool{New: func() any { return new(frame) }}

// build renders the request around the message.
func (f *frame) build(m *mail.Mail) {
	f.headers = m.AppendHeaders(f.headers[:0])
	f.head, f.tail = qmqp.AppendRequest(f.head[:0], f.tail[:0], f.headers, m.Size(), m.Sender(), m.Recipients())
}

// A deadlineReader bounds the time for all reads together.
type deadlineReader struct {
	c        *sock.Conn
	deadline time.Time
}

func (r *deadlineReader) Read(p []byte) (int, error) {
	left := time.Until(r.deadline)
	if left <= 0 {
		return 0, sock.ErrTimeout
	}
	r.c.SetTimeouts(left, sendTimeout)
	return r.c.Read(p)
}
