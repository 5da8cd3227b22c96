package sink

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"qrelay/runtime/qmqp"
)

// A Summary counts what happened.
type Summary struct {
	Accepted, Deferred, Rejected, Dropped int
	Broken                                int   // connections without a valid request
	Bytes                                 int64 // of the messages of all mails
}

// Mails is how many were received, whatever became of them.
func (s Summary) Mails() int { return s.Accepted + s.Deferred + s.Rejected + s.Dropped }

// A report prints a line per mail and counts. Its methods may be called from
// any goroutine.
type report struct {
	mu      sync.Mutex
	w       io.Writer
	started time.Time
	summary Summary
}

// mail counts one mail and returns how many there have been. answer is nil for
// a mail that was dropped.
func (r *report) mail(m qmqp.Request, answer *qmqp.Response) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	reply := "none"
	switch {
	case answer == nil:
		r.summary.Dropped++
	case answer.Status == qmqp.StatusAccepted:
		r.summary.Accepted++
	case answer.Status == qmqp.StatusRejected:
		r.summary.Rejected++
	default:
		r.summary.Deferred++
	}
	if answer != nil {
		reply = strconv.Quote(answer.String())
	}
	r.summary.Bytes += int64(len(m.Message))
	fmt.Fprintf(r.w, "%d from=<%s> to=<%s> size=%d reply=%s\n", r.summary.Mails(), printable(m.Sender),
		printable(strings.Join(m.Recipients, ">,<")), len(m.Message), reply)
	return r.summary.Mails()
}

// broken counts one connection without mail.
func (r *report) broken(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.summary.Broken++
	fmt.Fprintf(r.w, "broken connection: %s\n", printable(err.Error()))
}

// end prints the summary.
func (r *report) end() Summary {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.summary
	noun := "mails"
	if s.Mails() == 1 {
		noun = "mail"
	}
	fmt.Fprintf(r.w, "%d %s in %.1f s: %d accepted, %d deferred, %d rejected, %d dropped; %d bytes; %d broken connections\n",
		s.Mails(), noun, time.Since(r.started).Seconds(), s.Accepted, s.Deferred, s.Rejected, s.Dropped, s.Bytes, s.Broken)
	return s
}

// printable makes bytes from elsewhere harmless for terminals.
func printable(s string) string {
	quoted := strconv.QuoteToGraphic(s)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}
