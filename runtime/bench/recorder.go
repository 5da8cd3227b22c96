package bench

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sys/unix"

	"qrelay/runtime/qmqp"
	"qrelay/runtime/sock"
)

// maxTexts bounds how many different replies are told apart, for those that
// hold something unique.
const maxTexts = 20

// otherTexts stands for the replies beyond that.
const otherTexts = "(other texts)"

// A recorder counts what happens. Its methods may be called from any goroutine.
type recorder struct {
	mu       sync.Mutex
	all      *hdrhistogram.Histogram // in microseconds
	recent   *hdrhistogram.Histogram // since the last call of since
	replies  map[string]int64        // by letter
	texts    map[string]int64        // of those that are not K, with letter
	errors   map[string]int64        // by kind
	failures int64                   // sum of errors
	pending  int64
	cutOff   int64
}

func newRecorder() *recorder {
	return &recorder{
		all:     newHistogram(),
		recent:  newHistogram(),
		replies: map[string]int64{"K": 0, "Z": 0, "D": 0},
		texts:   map[string]int64{},
		errors:  map[string]int64{},
	}
}

// newHistogram tells times from a microsecond to an hour apart to a thousandth.
func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, time.Hour.Microseconds(), 3)
}

// record counts one time; those beyond the range count as its end.
func record(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(max(d.Microseconds(), 1), time.Hour.Microseconds())) // in range
}

// begin counts a mail as being on its way.
func (r *recorder) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending++
}

// answered counts a mail that got a reply after d.
func (r *recorder) answered(d time.Duration, response qmqp.Response) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending--
	record(r.all, d)
	record(r.recent, d)
	switch response.Status {
	case qmqp.StatusAccepted:
		r.replies["K"]++
		return
	case qmqp.StatusRejected:
		r.replies["D"]++
	default:
		r.replies["Z"]++
	}
	text := response.String()
	if _, known := r.texts[text]; !known && len(r.texts) >= maxTexts {
		text = otherTexts
	}
	r.texts[text]++
}

// failed counts a mail without reply. It tells whether none had one so far.
func (r *recorder) failed(kind string) (none bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending--
	r.failures++
	r.errors[kind]++
	return r.all.TotalCount() == 0
}

// cut counts a mail that was cut off by the end of the load.
func (r *recorder) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending--
	r.cutOff++
}

// kindOf names an error such that those with the same reason have the same
// name.
func kindOf(err error) string {
	doing := "exchange"
	if connecting := (*connectError)(nil); errors.As(err, &connecting) {
		doing = "connect"
	}
	var errno unix.Errno
	switch {
	case errors.Is(err, sock.ErrTimeout):
		return doing + ": timeout"
	case errors.Is(err, qmqp.ErrMalformedResponse):
		return "malformed reply"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "closed without reply"
	case errors.As(err, &errno):
		return doing + ": " + errno.Error()
	}
	return doing + ": " + err.Error()
}
