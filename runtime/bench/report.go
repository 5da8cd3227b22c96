package bench

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A Report is what came of a load. Its JSON form is stable.
type Report struct {
	Address    string  `json:"address"`
	Clients    int     `json:"clients"`
	RateAsked  float64 `json:"rate_asked,omitempty"` // open loop
	Size       int     `json:"size"`
	Recipients int     `json:"recipients"`

	Seconds float64          `json:"seconds"`
	Mails   int64            `json:"mails"` // answered, whatever the reply
	Rate    float64          `json:"rate"`  // of these per second
	Latency Latency          `json:"latency_us"`
	Replies map[string]int64 `json:"replies"` // by letter
	Texts   map[string]int64 `json:"texts"`   // Z and D replies
	Errors  map[string]int64 `json:"errors"`  // mails without reply, by kind
	// CutOff counts mails that were on their way when the load was interrupted.
	CutOff int64 `json:"cut_off"`
	// Missed counts mails of an open loop that were due to begin before its
	// end while all clients were busy.
	Missed int64 `json:"missed"`
}

// Latency is how long the answered mails took, in microseconds.
type Latency struct {
	Min  int64   `json:"min"`
	Mean float64 `json:"mean"`
	P50  int64   `json:"p50"`
	P90  int64   `json:"p90"`
	P99  int64   `json:"p99"`
	P999 int64   `json:"p99.9"`
	Max  int64   `json:"max"`
}

func (l *load) report(elapsed time.Duration, missed int64) *Report {
	o, r := l.options, l.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	return &Report{
		Address: o.Address, Clients: o.Clients, RateAsked: o.Rate, Size: o.Size, Recipients: o.Recipients,
		Seconds: elapsed.Seconds(),
		Mails:   r.all.TotalCount(),
		Rate:    float64(r.all.TotalCount()) / elapsed.Seconds(),
		Latency: latencyOf(r.all),
		Replies: r.replies, Texts: r.texts, Errors: r.errors,
		CutOff: r.cutOff, Missed: missed,
	}
}

func latencyOf(h *hdrhistogram.Histogram) Latency {
	if h.TotalCount() == 0 {
		return Latency{}
	}
	return Latency{
		Min: h.Min(), Mean: h.Mean(), Max: h.Max(),
		P50: h.ValueAtPercentile(50), P90: h.ValueAtPercentile(90),
		P99: h.ValueAtPercentile(99), P999: h.ValueAtPercentile(99.9),
	}
}

// WriteText prints the report for people.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	l := r.Latency
	fmt.Fprintf(&b, "%s: %s, %s, %s\n", r.Address, r.loop(), bytesOf(float64(r.Size)), counted(r.Recipients, "recipient"))
	fmt.Fprintf(&b, "mails    %d in %.1f s\n", r.Mails, r.Seconds)
	fmt.Fprintf(&b, "rate     %.1f/s  %s/s\n", r.Rate, bytesOf(r.Rate*float64(r.Size)))
	fmt.Fprintf(&b, "latency  p50 %s  p90 %s  p99 %s  p99.9 %s  max %s\n",
		readable(l.P50), readable(l.P90), readable(l.P99), readable(l.P999), readable(l.Max))
	fmt.Fprintf(&b, "replies  K %d  Z %d  D %d\n", r.Replies["K"], r.Replies["Z"], r.Replies["D"])
	for _, text := range byCount(r.Texts) {
		fmt.Fprintf(&b, "         %d × %s\n", r.Texts[text], strconv.Quote(text))
	}
	var failures int64
	for _, n := range r.Errors {
		failures += n
	}
	fmt.Fprintf(&b, "errors   %d\n", failures)
	for _, kind := range byCount(r.Errors) {
		fmt.Fprintf(&b, "         %d × %s\n", r.Errors[kind], kind)
	}
	if r.CutOff > 0 {
		fmt.Fprintf(&b, "cut off  %d mails were on their way at the end\n", r.CutOff)
	}
	if r.Missed > 0 {
		fmt.Fprintf(&b, "missed   %d mails were due while all clients were busy until the end\n", r.Missed)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) loop() string {
	if r.RateAsked > 0 {
		return fmt.Sprintf("%g mails/s from at most %s", r.RateAsked, counted(r.Clients, "client"))
	}
	return counted(r.Clients, "client")
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// byCount returns the keys, the most frequent first.
func byCount(counts map[string]int64) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
}

// readable writes microseconds with three digits.
func readable(us int64) string {
	d := time.Duration(us) * time.Microsecond
	digit := time.Duration(1)
	for digit*1000 <= d {
		digit *= 10
	}
	return d.Round(digit).String()
}

func bytesOf(n float64) string {
	units := []string{"B", "KiB", "MiB", "GiB"}
	for n >= 1000 && len(units) > 1 {
		n /= 1024
		units = units[1:]
	}
	return strconv.FormatFloat(n, 'g', 3, 64) + " " + units[0]
}
