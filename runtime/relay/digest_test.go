package relay

import (
	"testing"
	"time"
)

// One line in the log per pause, with the number of what it is about.
func TestDigest(t *testing.T) {
	var d digest
	start := time.Now()
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {0, 0}, {digestPause - 1, 0}, {digestPause, 3}, {digestPause + 1, 0}, {5 * digestPause, 2}} {
		if got := d.add(start.Add(step.after)); got != step.want {
			t.Errorf("after %v: %d, want %d", step.after, got, step.want)
		}
	}
}
