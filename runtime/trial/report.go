package trial

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"qrelay/runtime/relay"
)

// Write writes the report for people: one fact a line.
func (r *Report) Write(w io.Writer) {
	if r.Err != nil {
		fmt.Fprintf(w, "error    %s\n", r.Err)
	} else {
		r.writeDecision(w)
	}
	r.WriteCalls(w)
}

// WriteCalls writes what the handler did on the way, and how long it took.
func (r *Report) WriteCalls(w io.Writer) {
	for _, c := range r.Calls {
		fmt.Fprintln(w, c.line())
	}
	fmt.Fprintf(w, "time     %s\n", round(r.Duration))
}

func (r *Report) writeDecision(w io.Writer) {
	fmt.Fprintf(w, "action   %s\n", r.Action)
	if r.Action.Timeout > 0 {
		fmt.Fprintf(w, "timeout  %s\n", r.Action.Timeout)
	}
	for _, variable := range r.Action.Env {
		fmt.Fprintf(w, "env      %s\n", variable)
	}
	if r.Sender != r.Before {
		fmt.Fprintf(w, "sender   <%s> instead of <%s>\n", r.Sender, r.Before)
	}
	for _, h := range r.Headers {
		fmt.Fprintf(w, "header   %s: %s\n", h.Name, h.Value)
	}
	if r.Account != "" {
		fmt.Fprintf(w, "account  %s\n", r.Account)
	}
}

// line tells about a call in one line.
func (c Call) line() string {
	outcome := c.Result
	switch {
	case c.Skipped:
		outcome = "not done"
	case c.Error != "":
		outcome = "error: " + c.Error
	case outcome == "":
		outcome = "done"
	}
	args := make([]string, len(c.Args))
	for i, a := range c.Args {
		args[i] = strings.Join(strings.Fields(a), " ")
	}
	what := fmt.Sprintf("call     %s(%s)", c.Function, strings.Join(args, ", "))
	if strings.HasSuffix(c.Function, ":execute") {
		what = "query    " + strings.Join(args, " ")
	}
	return fmt.Sprintf("%s -> %s (%s)", what, outcome, round(time.Duration(c.Seconds*float64(time.Second))))
}

// round leaves as many digits as people read.
func round(d time.Duration) time.Duration {
	switch {
	case d > time.Second:
		return d.Round(10 * time.Millisecond)
	case d > time.Millisecond:
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(time.Microsecond)
}

// jsonReport is a report for programs.
type jsonReport struct {
	OK          bool               `json:"ok"`
	Description string             `json:"description,omitempty"`
	Expected    string             `json:"expected,omitempty"`
	Action      *relay.Description `json:"action,omitempty"`
	Before      string             `json:"original_sender"`
	Sender      string             `json:"sender"`
	Recipients  []string           `json:"recipients"`
	Account     string             `json:"account,omitempty"`
	Headers     []relay.Header     `json:"headers"`
	Calls       []Call             `json:"calls"`
	Seconds     float64            `json:"seconds"`
	Error       string             `json:"error,omitempty"`
	Traceback   string             `json:"traceback,omitempty"`
}

// WriteJSON writes the report for programs, in one line. ok tells whether the
// outcome is what was expected; expected may be empty.
func (r *Report) WriteJSON(w io.Writer, expected string, ok bool) error {
	out := jsonReport{
		OK: ok, Expected: expected, Before: r.Before, Sender: r.Before, Recipients: append([]string{}, r.Recipients...),
		Headers: []relay.Header{}, Calls: append([]Call{}, r.Calls...), Seconds: r.Duration.Seconds(), Traceback: r.Traceback(),
	}
	if d := r.Decision; d != nil {
		out.Action, out.Description = &d.Action, d.Action.String()
		out.Sender, out.Account, out.Headers = d.Sender, d.Account, d.Headers
	}
	if r.Err != nil {
		out.Error = r.Err.Error()
	}
	return json.NewEncoder(w).Encode(out)
}
