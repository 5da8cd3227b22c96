package relay

import (
	"sync"
	"time"
)

// digestPause is the time between two log lines of a digest.
const digestPause = 10 * time.Second

// A digest counts what may happen too often for a line in the log each time:
// whoever floods the daemon must not flood the log as well. The zero value is
// ready for use, by any number of goroutines.
type digest struct {
	mu     sync.Mutex
	told   time.Time // when the log had a line
	untold int       // since then
}

// add counts one more. It returns how many there were since the last line in
// the log if it is time for another line, and 0 if not.
func (d *digest) add(now time.Time) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.untold++
	if !d.told.IsZero() && now.Sub(d.told) < digestPause {
		return 0
	}
	n := d.untold
	d.told, d.untold = now, 0
	return n
}
