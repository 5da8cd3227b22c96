// Package await has what tests wait with for things that happen elsewhere:
// instead of sleeping they look again and again, and give up after a time that
// nothing takes.
package await

import (
	"testing"
	"time"
)

const (
	// patience is how long anything may take on a machine with much else to do.
	patience = 30 * time.Second
	// pause is the time between two looks.
	pause = time.Millisecond
)

// Until waits until ok returns true, and fails the test if it does not; what
// says what is waited for.
func Until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	Within(t, patience, what, ok)
}

// Within is Until with a limit of its own.
func Within(t testing.TB, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for deadline := time.Now().Add(limit); !ok(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}
