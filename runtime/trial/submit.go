package trial

import (
	"context"
	"errors"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/relay"
)

// A Report tells what a handler did with a mail.
type Report struct {
	// Decision is nil if the handler failed.
	*relay.Decision
	// Before is the sender of the submission.
	Before     string
	Recipients []string
	Calls      []Call
	Duration   time.Duration
	// Err is why there is no decision.
	Err error
}

// Submit has a handler decide about a mail. The error is about the mail, the
// client or the listener; that of the handler is in the Report.
func (t *Trial) Submit(ctx context.Context, m *Mail) (*Report, error) {
	sub, err := m.submission()
	if err != nil {
		return nil, err
	}
	handler, err := t.server.Handler(m.Listener)
	if err != nil {
		return nil, err
	}
	return t.ask(ctx, handler, sub)
}

// ask runs a handler as the daemon does.
func (t *Trial) ask(ctx context.Context, handler *lua.LFunction, sub relay.Submission) (*Report, error) {
	r := &Report{Before: sub.Sender, Recipients: sub.Recipients}
	var rec recorder
	var refused error
	began := time.Now()
	r.Err = t.rt.Run(rec.context(ctx), "handler", func(L *lua.LState) (err error) {
		object, err := t.server.NewMail(L, sub)
		if err != nil {
			refused = err
			return err
		}
		began = time.Now()
		if err := runtime.Call(L, handler, 1, object); err != nil {
			return err
		}
		r.Decision, err = t.server.Decision(object, handler, L.Get(-1))
		return err
	})
	r.Duration, r.Calls = time.Since(began), rec.calls
	return r, refused
}

// Traceback returns where in the script the handler failed.
func (r *Report) Traceback() string {
	var script *runtime.ScriptError
	if errors.As(r.Err, &script) {
		return script.Traceback
	}
	return ""
}
