package relay

import (
	"sync"
	"testing"
)

// A worker that is turned away has not counted for any moment. Whoever leaves in
// such a moment would not know that it was the last, and nobody would accept any
// more.
func TestWorkerTurnedAwayNeverCounts(t *testing.T) {
	var l listener
	for range maxIdleWorkers {
		if !l.join() {
			t.Fatal("turned away too early")
		}
	}
	var coming sync.WaitGroup
	defer coming.Wait()
	coming.Go(func() {
		for range 500_000 {
			if l.join() {
				t.Error("one more than there may be")
				return
			}
		}
	})
	for range 500_000 {
		if n := l.idle.Load(); n != maxIdleWorkers {
			t.Fatalf("%d workers are idle", n)
		}
	}
}

func TestLastIdleWorker(t *testing.T) {
	var l listener
	l.join()
	l.join()
	if l.leave() || !l.leave() {
		t.Error("the second one that leaves is the last")
	}
}
