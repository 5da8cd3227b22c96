package relay

import (
	"errors"
	"sync"
	"time"

	"qrelay/runtime/buffer"
	"qrelay/runtime/mail"
	"qrelay/runtime/qmqp"
)

// An observation is what an observer can see of an exchange. A server without
// observer has none: the methods of a nil observation do nothing, and take no
// time.
type observation struct {
	mu      sync.Mutex
	now     InFlight
	action  Action
	outcome Outcome // of the exchange's goroutine alone
}

// observe begins the observation of x, if there is an observer.
func (x *exchange) observe() {
	a := x.server.audience
	if a == nil {
		return
	}
	x.seen = &observation{now: InFlight{Listener: x.listener.name, Began: x.began, StageBegan: x.began}}
	if !x.from.IsZero() {
		x.seen.now.From = x.from.String()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open[x.seen] = struct{}{}
}

// observed ends the observation.
func (x *exchange) observed() {
	if x.seen == nil {
		return
	}
	a := x.server.audience
	a.mu.Lock()
	delete(a.open, x.seen)
	a.mu.Unlock()

	x.seen.enter(Answering) // for the time of the stage before
	o := &x.seen.outcome
	o.Listener, o.Action = x.listener.name, "none"
	if x.action != nil {
		o.Action = Describe(x.action).Kind
	}
	o.Received, o.Sent = x.received, x.sent
	o.Total = time.Since(x.began)
	a.observer.Ended(o)
}

// identified notes who the client is.
func (o *observation) identified(x *exchange) {
	if o == nil || x.peer == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now.HasPeer, o.now.PID, o.now.UID = true, x.peer.PID, x.peer.UID
}

// sized notes the size of the request.
func (o *observation) sized(size uint64) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now.Size = size
}

// parsed notes the envelope.
func (o *observation) parsed(m *mail.Mail) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now.Sender, o.now.Recipients = m.Sender(), len(m.Recipients())
}

// decided notes the action.
func (o *observation) decided(a Action) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.action = a
}

// enter begins a stage, and with it ends the one before.
func (o *observation) enter(s Stage) {
	if o == nil {
		return
	}
	now := time.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.outcome.Took[o.now.Stage] += now.Sub(o.now.StageBegan)
	o.now.Stage, o.now.StageBegan = s, now
}

// scriptFailed notes that the handler ended with an error.
func (o *observation) scriptFailed() {
	if o != nil {
		o.outcome.ScriptFailed = true
	}
}

// replied notes what the client is told.
func (o *observation) replied(reply qmqp.Response) {
	if o != nil {
		o.outcome.Replied, o.outcome.Reply = true, reply.Status
	}
}

// refused notes why there is no mail.
func (o *observation) refused(err error) {
	if o != nil {
		o.outcome.Refusal = refusalReason(err)
	}
}

// look returns how far the exchange is.
func (o *observation) look() InFlight {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.now
	if o.action != nil {
		now.Action = describe(o.action)
	}
	return now
}

// Refusals are the reasons why a connection brings no mail.
func Refusals() []string {
	reasons := []string{incomplete}
	for _, r := range refusals {
		reasons = append(reasons, r.reason)
	}
	return reasons
}

// incomplete is the reason of requests that ended too early, did not go on, or
// were followed by something.
const incomplete = "incomplete"

// refusals are the errors with a reason of their own; the first that fits
// counts.
var refusals = []struct {
	err    error
	reason string
}{
	{errUserConnections, "uid_connections"},
	{errUserBytes, "uid_bytes"},
	{errSlow, "slow"},
	{buffer.ErrFull, "memory"},
	{qmqp.ErrTooLarge, "too_large"},
	{qmqp.ErrTooManyRecipients, "too_many_recipients"},
	{qmqp.ErrMalformed, "malformed"},
	{mail.ErrAddress, "bad_address"},
}

func refusalReason(err error) string {
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return r.reason
		}
	}
	return incomplete
}
