package torture

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"qrelay/runtime/terminal"
)

// A row is one scenario of the report.
type row struct {
	name                string
	began               time.Time
	took, p99           time.Duration
	cases, faults, plan int
	restarts            int
	mails               int
	count               [outcomes]int
	lost, twice, untold int
	texts               map[string]int
	failed              bool
}

// A report is the table at the end and, in full size, what is shown until then.
type report struct {
	mu       sync.Mutex
	rows     []*row
	terminal bool
}

func newReport() *report { return &report{terminal: terminal.Is(os.Stdout)} }

func (r *report) begin(name string) *row {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := &row{name: name, began: time.Now()}
	r.rows = append(r.rows, w)
	return w
}

// update changes a row and shows it.
func (r *report) update(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
	if w := r.rows[len(r.rows)-1]; full() && r.terminal {
		fmt.Printf("\r\x1b[K%-22s %d of %d faults, %d cases, %.0f s", w.name, w.faults, w.plan, w.cases, time.Since(w.began).Seconds())
	}
}

func (r *report) plan(w *row, faults int) { r.update(func() { w.plan = faults }) }

func (r *report) end(w *row, failed bool) {
	r.update(func() { w.took, w.failed = time.Since(w.began), failed })
	if full() {
		verdict := "ok"
		if failed {
			verdict = "FAILED"
		}
		start := ""
		if r.terminal {
			start = "\r\x1b[K"
		}
		fmt.Printf("%s%-22s %s: %d faults, %d mails, %.0f s%s\n", start, w.name, verdict, w.faults, w.mails, w.took.Seconds(), spell(w.texts))
	}
}

// spell lists the replies that were not K, as far as there are few.
func spell(texts map[string]int) string {
	var b strings.Builder
	for i, text := range slices.Sorted(maps.Keys(texts)) {
		if i == 4 {
			fmt.Fprintf(&b, "; and %d other texts", len(texts)-i)
			break
		}
		fmt.Fprintf(&b, "; %d × %q", texts[text], text)
	}
	return b.String()
}

// table is the summary. "untold" are mails that arrived though their clients
// were not told K, and will be submitted again.
func (r *report) table() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "scenario\tcases\tfaults\trestarts\tmails\tK\tZ\tD\tno reply\trefused\tuntold\tlost\tduplicated\tp99 ms\ts\t")
	sum := &row{name: "all"}
	for _, s := range r.rows {
		write(w, s)
		sum.add(s)
	}
	write(w, sum)
	w.Flush()
	return b.String()
}

func write(w *tabwriter.Writer, s *row) {
	verdict := ""
	if s.failed {
		verdict = " FAILED"
	}
	fmt.Fprintf(w, "%s%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f\t%.1f\t\n", s.name, verdict, s.cases, s.faults, s.restarts, s.mails,
		s.count[accepted], s.count[deferred], s.count[rejected], s.count[unanswered], s.count[refused], s.untold, s.lost, s.twice,
		float64(s.p99.Microseconds())/1000, s.took.Seconds())
}

// add sums up; of the times for an answer it keeps the worst.
func (s *row) add(other *row) {
	s.cases, s.faults, s.mails = s.cases+other.cases, s.faults+other.faults, s.mails+other.mails
	s.restarts += other.restarts
	for i, n := range other.count {
		s.count[i] += n
	}
	s.lost, s.twice, s.untold = s.lost+other.lost, s.twice+other.twice, s.untold+other.untold
	s.took, s.p99 = s.took+other.took, max(s.p99, other.p99)
	s.failed = s.failed || other.failed
}
