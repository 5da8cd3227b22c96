package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"qrelay/runtime/address"
	"qrelay/runtime/buffer"
	"qrelay/runtime/mail"
	"qrelay/runtime/peer"
	"qrelay/runtime/qmqp"
	"qrelay/runtime/sock"
)

var (
	// errHangup cancels the mail of a client that has gone away.
	errHangup = errors.New("the client hung up")
	// errShutdown cancels what is left when the grace period is over.
	errShutdown = errors.New("shutting down")
)

// An exchange is one connection: one mail and its reply.
type exchange struct {
	server   *Server
	listener *listener
	conn     *sock.Conn
	from     address.Address // of a client over IP
	peer     *peer.Peer      // nil: not a process of this machine
	began    time.Time

	first    *[firstRead]byte // what was read first, perhaps the whole request
	frame    []byte           // the request, if it did not fit there, in place of first
	received uint64
	sent     uint64
	mail     *mail.Mail
	action   Action

	seen     *observation // nil: nobody looks
	admitted bool         // counts in the quota
	bytes    int64        // in the quota
}

// run is the whole life of a connection.
func (x *exchange) run(ctx context.Context) {
	defer x.conn.Close()
	x.identify()
	defer x.forget()
	defer x.leave()

	request, err := x.receive(ctx)
	defer x.release()
	if err == nil {
		x.mail, err = x.parse(request)
	}
	if err != nil {
		x.refuse(ctx, err)
		return
	}
	x.finish(x.decideAndRelay())
}

// decideAndRelay returns what the client is told, and why its mail was
// cancelled, if it was.
func (x *exchange) decideAndRelay() (reply qmqp.Response, cause error) {
	ctx, cancel := context.WithCancelCause(context.WithValue(x.server.mails, exchangeKey{}, x))
	defer cancel(nil)
	watch := x.server.watcher.Add(x.conn, func(i sock.Incident) {
		if i == sock.Spoke {
			cancel(errGarbage)
		} else {
			cancel(errHangup)
		}
	})
	defer watch.Stop()
	reply = x.handle(ctx)
	return reply, context.Cause(ctx)
}

// parse makes a mail of a request.
func (x *exchange) parse(payload []byte) (*mail.Mail, error) {
	request, err := qmqp.ParseRequest(payload)
	if err != nil {
		return nil, err
	}
	m, err := mail.New(request.Message, request.Sender, request.Recipients)
	if err != nil {
		return nil, err
	}
	m.Client = x.client()
	x.seen.parsed(m)
	return m, nil
}

// handle asks the handler and does what it says.
func (x *exchange) handle(ctx context.Context) qmqp.Response {
	action, err := x.decide(ctx)
	switch {
	case ctx.Err() != nil:
		return x.cancelled(ctx)
	case err != nil:
		return replyScriptFailed
	}
	if _, ok := action.(Sender); ok {
		x.sent = x.received + uint64(x.mail.InsertedSize())
	}
	x.action = action
	x.seen.decided(action)
	x.seen.enter(Relaying)
	reply := x.relay(ctx, action)
	if ctx.Err() != nil && reply.Status != qmqp.StatusAccepted {
		return x.cancelled(ctx)
	}
	return reply // what has been accepted counts, whatever happened since
}

// relay does the action. If it panics the client may try again.
func (x *exchange) relay(ctx context.Context, action Action) (reply qmqp.Response) {
	defer func() {
		if r := recover(); r != nil {
			x.panicked(r)
			reply = replyInternalError
		}
	}()
	return action.Relay(ctx, x.mail)
}

func (x *exchange) panicked(r any) {
	x.logger().Error("panic while serving a mail", "error", fmt.Sprint(r), "stack", string(debug.Stack()))
}

// cancelled is the reply for a mail whose context has ended.
func (x *exchange) cancelled(ctx context.Context) qmqp.Response {
	if errors.Is(context.Cause(ctx), errShutdown) {
		return replyShutdown
	}
	return replyCanceled
}

// finish logs the mail and answers the client, in this order, so that whoever
// has the reply can rely on the log. Nobody reads the answer to a client that
// has hung up. One that has sent more than a request is told nothing unless the
// mail has been accepted all the same.
func (x *exchange) finish(reply qmqp.Response, cause error) {
	x.seen.enter(Answering)
	switch {
	case errors.Is(cause, errHangup):
		x.sendRecord(replyCanceled.Text)
		x.logger().Info("the client hung up", "action", describe(x.action), "reply", reply.String())
		return
	case errors.Is(cause, errGarbage) && reply.Status != qmqp.StatusAccepted:
		x.sendRecord(clientError)
		x.logger().Info("closed without reply", "action", describe(x.action), "error", errGarbage.Error())
		x.drain(x.server.receiving)
		return
	}
	x.sendRecord(reply.Text)
	if log := x.server.log; log.Enabled(context.Background(), slog.LevelDebug) {
		x.logger().Debug("mail", "sender", x.mail.Sender(), "recipients", len(x.mail.Recipients()), "size", x.mail.Size(),
			"action", describe(x.action), "reply", reply.String(), "duration", time.Since(x.began))
	}
	x.leave() // a client with a reply may come back, and then needs room
	x.releaseFrame()
	x.seen.replied(reply)
	x.answer(reply)
}

// answer sends the reply. A client that has gone away does not get it.
func (x *exchange) answer(reply qmqp.Response) {
	x.conn.Bind(context.Background())
	x.conn.SetTimeouts(0, x.server.limits.answer)
	if _, err := x.conn.Write(reply.Append(x.scratch()[:0])); err != nil {
		x.logger().Info("client did not take the reply", "error", err.Error())
	}
}

// refuse answers or drops a client whose request is no mail.
func (x *exchange) refuse(ctx context.Context, err error) {
	x.seen.refused(err)
	x.seen.enter(Answering)
	reply, ok := refusal(err)
	if !ok {
		x.logger().Info("closed without reply", "error", err.Error())
		return
	}
	x.logRefusal(reply, err)
	x.seen.replied(reply)
	x.answer(reply)
	if errors.Is(err, qmqp.ErrTooLarge) || errors.Is(err, buffer.ErrFull) {
		x.drain(ctx)
	}
}

// refusal returns the reply for an error, if there is one.
func refusal(err error) (reply qmqp.Response, ok bool) {
	switch {
	case errors.Is(err, qmqp.ErrTooLarge):
		return replyTooLarge, true
	case errors.Is(err, qmqp.ErrMalformed):
		return replyMalformed, true
	case errors.Is(err, qmqp.ErrTooManyRecipients):
		return replyManyRcpts, true
	case errors.Is(err, mail.ErrAddress):
		return replyBadAddress, true
	case errors.Is(err, buffer.ErrFull):
		return replyBusy, true
	case errors.Is(err, errUserConnections):
		return replyManyConns, true
	}
	return reply, false
}
