package bench

import (
	"context"
	"fmt"
	"time"
)

// progressInterval is how often the line of progress changes.
const progressInterval = 500 * time.Millisecond

// clearLine returns to the line's beginning and empties it (ECMA-48, EL).
const clearLine = "\r\x1b[K"

// showProgress overwrites one line until ctx ends, and removes it then.
func (l *load) showProgress(ctx context.Context, began time.Time) {
	ticker := time.NewTicker(progressInterval)
	defer ticker.Stop()
	last := began
	for {
		select {
		case <-ctx.Done():
			fmt.Fprint(l.options.Progress, clearLine)
			return
		case now := <-ticker.C:
			fmt.Fprint(l.options.Progress, clearLine+l.recorder.progress(now.Sub(began), now.Sub(last)))
			last = now
		}
	}
}

// progress tells about the time since the last call.
func (r *recorder) progress(elapsed, interval time.Duration) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.recent.Reset()
	p99 := "-"
	if r.recent.TotalCount() > 0 {
		p99 = readable(r.recent.ValueAtPercentile(99))
	}
	rate := float64(r.recent.TotalCount()) / interval.Seconds()
	return fmt.Sprintf("%4.0f s  %.0f mails/s  p99 %s  Z %d  D %d  errors %d  on their way %d",
		elapsed.Seconds(), rate, p99, r.replies["Z"], r.replies["D"], r.failures, r.pending)
}
