package relay

import (
	"context"
	"log/slog"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/mail"
	"qrelay/runtime/qmqp"
)

// An Action is what shall become of a mail. Relay does it, and returns what
// the client is told. It must return soon after ctx has ended, and must not
// keep m. A script may return one Action for many mails, so that Relay may be
// called by several goroutines at the same time.
type Action interface {
	Relay(ctx context.Context, m *mail.Mail) qmqp.Response
}

// A Sender is an Action that passes the mail on to somebody else. Only its
// mails count as sent traffic in Pond records.
type Sender interface {
	Action
	Sends()
}

// exchangeKey is the key of a mail's exchange in its context.
type exchangeKey struct{}

// Logger returns a logger whose lines tell the client of the mail that an
// Action was given with ctx.
func Logger(ctx context.Context) *slog.Logger {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x.logger()
	}
	return slog.Default()
}

// actionClass is the type of the objects that the methods of a mail return.
var actionClass = runtime.Class[Action]{
	Name:   "action",
	Doc:    "What shall become of a mail. A handler returns it; only then it is done. tostring() describes it.",
	String: describe,
}

// actionOf returns the Action that a handler's result holds.
func actionOf(v lua.LValue) (Action, bool) {
	ud, ok := v.(*lua.LUserData)
	if !ok {
		return nil, false
	}
	a, ok := ud.Value.(Action)
	return a, ok
}

// Replies that are always the same.
var (
	replyTooLarge      = qmqp.Rejected("message too large")
	replyMalformed     = qmqp.Rejected("malformed input")
	replyBadAddress    = qmqp.Rejected("bad address")
	replyManyRcpts     = qmqp.Rejected("too many recipients")
	replyScriptFailed  = qmqp.Deferred("script failed")
	replyDiscarded     = qmqp.Accepted("discarded")
	replyConnectFailed = qmqp.Deferred("connect failed")
	replyRelayFailed   = qmqp.Deferred("relay failed")
	replyBadResponse   = qmqp.Deferred("malformed relay response")
	replyTimeout       = qmqp.Deferred("timeout")
	replyShutdown      = qmqp.Deferred("shutting down")
	replyBusy          = qmqp.Deferred("too many mails in progress")
	replyManyConns     = qmqp.Deferred("too many connections")
	replyCanceled      = qmqp.Deferred("canceled")
	replyInternalError = qmqp.Deferred(internalError)
)
