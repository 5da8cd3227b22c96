package process

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// crowded makes a group in which one program runs, and no other can.
func crowded(t *testing.T) (g *Group, end func()) {
	t.Helper()
	g = groupOf(t, Options{MaxPrograms: 1})
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		if res, err := g.Run(context.Background(), sh(`read line <"$1"`, fifo)); err != nil || !res.Status.Success() {
			t.Errorf("the first: %v, %v", res.Status, err)
		}
	})
	eventually(t, "it runs", func() bool { return g.Running() == 1 })
	end = sync.OnceFunc(func() {
		if err := os.WriteFile(fifo, []byte("\n"), 0); err != nil {
			t.Error(err)
		}
		running.Wait()
	})
	t.Cleanup(end)
	return g, end
}

// A program waits for a place, and Run tells what ended the waiting.
func TestNoPlace(t *testing.T) {
	g, end := crowded(t)
	cmd := sh("exit 0")
	cmd.Patience = time.Millisecond
	if _, err := g.Run(t.Context(), cmd); err != ErrFull {
		t.Errorf("after its patience: %v", err)
	}
	cmd.Patience, cmd.Timeout = time.Hour, time.Millisecond
	if _, err := g.Run(t.Context(), cmd); err != ErrTimeout {
		t.Errorf("after its timeout: %v", err)
	}
	cmd.Timeout = 0
	reason := errors.New("the client hung up")
	ctx, cancel := context.WithCancelCause(t.Context())
	failed := make(chan error)
	go func() {
		_, err := g.Run(ctx, cmd)
		failed <- err
	}()
	eventually(t, "it waits", func() bool { return g.Waiting() == 1 })
	cancel(reason)
	if err := <-failed; err != reason {
		t.Errorf("after the end of its context: %v", err)
	}
	end()
	if _, err := g.Run(t.Context(), cmd); err != nil || g.Waiting() != 0 {
		t.Errorf("with a place: %v, %d wait", err, g.Waiting())
	}
}

// Closing the group ends the waiting.
func TestCloseWithoutPlace(t *testing.T) {
	g := groupOf(t, Options{MaxPrograms: 1})
	failed := make(chan error)
	for range 2 {
		go func() {
			cmd := sh("exec sleep 1000")
			cmd.Patience = time.Hour
			_, err := g.Run(context.Background(), cmd)
			failed <- err
		}()
	}
	eventually(t, "one runs, one waits", func() bool { return g.Running() == 1 && g.Waiting() == 1 })
	if err := g.Close(t.Context()); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := <-failed; err != ErrClosed {
			t.Error(err)
		}
	}
}

// However many programs want to run, no more run at a time than may, each comes
// to its turn, and each place can be had again.
func TestPlacesInTurn(t *testing.T) {
	const most = 3
	g := groupOf(t, Options{MaxPrograms: most})
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			cmd := sh("exit 0")
			cmd.Patience = time.Hour
			if _, err := g.Run(context.Background(), cmd); err != nil {
				t.Error(err)
			}
			if n := g.Running(); n > most {
				t.Errorf("%d programs at a time", n)
			}
		})
	}
	all.Wait()
	missing := Command{Path: "/nonexistent", Patience: time.Millisecond}
	for range 2 * most {
		if _, err := g.Run(t.Context(), missing); !errors.As(err, new(*StartError)) {
			t.Errorf("a program that does not start: %v", err)
		}
	}
}
