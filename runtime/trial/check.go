package trial

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// CheckOptions say which handler's decision about which mail is checked.
type CheckOptions struct {
	Options
	Mail Mail
	// Expect is the expected action, see [Matches]; empty accepts any.
	Expect string
	// JSON has the report written for programs.
	JSON bool
}

// ErrUnexpected is returned by Check if the handler chose another action.
var ErrUnexpected = errors.New("unexpected action")

// Check asks a handler about a mail and writes a report to w. It fails if the
// configuration or the handler fails, and with [ErrUnexpected] if the action is
// not the expected one. A report for programs is written in any case.
func Check(ctx context.Context, o CheckOptions, w io.Writer) (err error) {
	t, err := Open(ctx, o.Options)
	if err != nil {
		return o.withoutDecision(w, err)
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	r, err := t.Submit(ctx, &o.Mail)
	if err != nil {
		return o.withoutDecision(w, err)
	}
	verdict := r.verdict(o.Expect)
	if !o.JSON {
		r.Write(w)
		return verdict
	}
	return errors.Join(r.WriteJSON(w, o.Expect, verdict == nil), verdict)
}

// withoutDecision reports that no handler was asked, and returns why.
func (o *CheckOptions) withoutDecision(w io.Writer, why error) error {
	if !o.JSON {
		return why
	}
	return errors.Join(why, (&Report{Err: why}).WriteJSON(w, o.Expect, false))
}

// verdict is the error that a check ends with.
func (r *Report) verdict(expected string) error {
	if r.Err != nil || expected == "" {
		return r.Err
	}
	ok, err := Matches(expected, r.Action)
	switch {
	case err != nil:
		return err
	case !ok:
		return fmt.Errorf("%w: got %q, expected %q", ErrUnexpected, r.Action, expected)
	}
	return nil
}
