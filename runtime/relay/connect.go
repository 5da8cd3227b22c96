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

// connect passes the mail on to another QMQP server.
type connect struct {
	next    address.Address
	timeout time.Duration // for everything together; 0: only the limits
	limits  *limits
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
	c, err := sock.DialTimeout(ctx, a.next, a.limits.connect)
	if err != nil {
		return a.failed(ctx, err, replyConnectFailed)
	}
	defer c.Close()
	response, err := a.converse(ctx, c, m)
	switch {
	case err == nil:
		return response
	case errors.Is(err, qmqp.ErrMalformedResponse):
		return a.failed(ctx, err, replyBadResponse)
	}
	return a.failed(ctx, err, replyRelayFailed)
}

// failed logs why there is no response, and says what the client is told.
func (a *connect) failed(ctx context.Context, err error, reply qmqp.Response) qmqp.Response {
	if errors.Is(err, sock.ErrTimeout) {
		reply = replyTimeout
	}
	Logger(ctx).Warn("relaying failed", "next_hop", a.next.String(), "error", err.Error())
	return reply
}

// converse sends the mail and reads the response. A next hop that answers
// before it has read everything, whether it closes or just stops reading, has
// answered.
func (a *connect) converse(ctx context.Context, c *sock.Conn, m *mail.Mail) (qmqp.Response, error) {
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.build(m)
	c.Bind(ctx)
	c.SetTimeouts(0, a.limits.send)
	_, sendErr := c.Writev(f.head, m.Message, f.tail)
	patience := a.limits.response
	if errors.Is(sendErr, sock.ErrTimeout) {
		patience = time.Millisecond
	}
	response, err := qmqp.ReadResponse(&responseReader{ctx, c, time.Now().Add(patience)})
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

// A responseReader bounds the time for all reads together. A next hop that
// sends without end gives no read a reason to wait, which is where a Conn looks
// at its context.
type responseReader struct {
	ctx      context.Context
	conn     *sock.Conn
	deadline time.Time
}

func (r *responseReader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	left := time.Until(r.deadline)
	if left <= 0 {
		return 0, sock.ErrTimeout
	}
	r.conn.SetTimeouts(left, 0)
	return r.conn.Read(p)
}
