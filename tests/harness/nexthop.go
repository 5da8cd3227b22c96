package harness

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"sync"
	"testing"

	"qrelay/runtime/qmqp"
	"qrelay/runtime/sink"
)

// A NextHop is a QMQP server that remembers what it got. It answers "Kqueued".
type NextHop struct {
	// Address is a socket path.
	Address string

	mu    sync.Mutex
	mails []qmqp.Request
}

// StartNextHop runs a next hop until the end of the test.
func StartNextHop(t testing.TB) *NextHop {
	t.Helper()
	n := &NextHop{Address: filepath.Join(t.TempDir(), "next.sock")}
	s, err := sink.Listen(t.Context(), sink.Options{Address: n.Address, Store: n, Out: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := s.Run(ctx); err != nil {
			t.Errorf("next hop: %v", err)
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return n
}

// Store is called by the sink.
func (n *NextHop) Store(_ context.Context, r qmqp.Request) (string, error) {
	r.Message = bytes.Clone(r.Message)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mails = append(n.mails, r)
	return "queued", nil
}

// Take returns the mails that have come since the last call.
func (n *NextHop) Take() []qmqp.Request {
	n.mu.Lock()
	defer n.mu.Unlock()
	mails := n.mails
	n.mails = nil
	return mails
}
