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

// long is longer than any test may take.
const long = time.Hour

// stubborn ignores SIGTERM. It makes the file $1 when it is ready.
const stubborn = `trap "" TERM; echo $$ >"$1"; while :; do sleep 1; done`

// runUntil runs a program and cancels it once it has made a file.
func runUntil(t *testing.T, g *Group, file string, cause error, cmd Command, stdin ...[]byte) error {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := g.Run(ctx, cmd, stdin...)
		ended <- err
	}()
	eventually(t, "program ready", func() bool { return written(file) })
	cancel(cause)
	return <-ended
}

// promptly fails the test if Run took as long as a program that hangs would.
func promptly(t *testing.T, begin time.Time) {
	t.Helper()
	if d := time.Since(begin); d > 10*time.Second {
		t.Errorf("answered after %v", d)
	}
}

func TestTimeout(t *testing.T) {
	g := newGroup(t, long)
	cmd := sh("exec sleep 100")
	cmd.Timeout = 50 * time.Millisecond
	begin := time.Now()
	if _, err := g.Run(t.Context(), cmd); err != ErrTimeout {
		t.Errorf("got error %v", err)
	}
	promptly(t, begin)
	if time.Since(begin) < cmd.Timeout {
		t.Errorf("too early")
	}
	eventually(t, "the program to end by SIGTERM", func() bool { return g.Running() == 0 })
}

func TestTimeoutNotReached(t *testing.T) {
	g := newGroup(t, 0)
	cmd := sh("echo fine")
	cmd.Timeout = long
	if res := run(t, g, cmd); string(res.Output) != "fine\n" {
		t.Errorf("got %q", res.Output)
	}
}

func TestCancel(t *testing.T) {
	g := newGroup(t, long)
	hungUp := errors.New("client hung up")
	if _, err := g.Run(canceled(), sh("exit 0")); err != context.Canceled {
		t.Errorf("cancelled before: got error %v", err)
	}
	ready := filepath.Join(t.TempDir(), "ready")
	begin := time.Now()
	if err := runUntil(t, g, ready, hungUp, sh(`echo >"$1"; exec sleep 100`, ready)); err != hungUp {
		t.Errorf("got error %v", err)
	}
	promptly(t, begin)
	eventually(t, "the program to end by SIGTERM", func() bool { return g.Running() == 0 })
}

// An exit that has happened wins over a cancellation at the same time.
func TestStatusWinsOverCancel(t *testing.T) {
	c, err := newGroup(t, 0).start(&Command{Path: "/bin/sh", Args: []string{"-c", "exit 7"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.release()
	eventually(t, "exit", func() bool { return gone(c.pid) })
	if err := c.await(time.Unix(1, 0), canceled()); err != nil || c.status.ExitStatus() != 7 {
		t.Errorf("%v, %v", err, c.status)
	}
}

// The whole process group gets SIGTERM, and SIGKILL after the delay.
func TestIgnoresSIGTERM(t *testing.T) {
	g := newGroup(t, 200*time.Millisecond)
	pidfile := filepath.Join(t.TempDir(), "pid")
	if err := runUntil(t, g, pidfile, nil, sh(stubborn, pidfile)); err != context.Canceled {
		t.Errorf("got error %v", err)
	}
	begin := time.Now()
	if g.Running() != 1 {
		t.Errorf("it did not ignore SIGTERM")
	}
	eventually(t, "the program to end by SIGKILL", func() bool { return g.Running() == 0 })
	if time.Since(begin) < 150*time.Millisecond {
		t.Errorf("killed before the delay")
	}
	eventually(t, "its end", func() bool { return gone(readPID(t, pidfile)) })
}

// The program ends by SIGTERM; what it leaves in its group is ended as well.
func TestGrandchildIgnoresSIGTERM(t *testing.T) {
	g := newGroup(t, 200*time.Millisecond)
	pidfile := filepath.Join(t.TempDir(), "pid")
	cmd := sh(`/bin/sh -c "$2" sh "$1" & wait`, pidfile, stubborn)
	if err := runUntil(t, g, pidfile, nil, cmd); err != context.Canceled {
		t.Errorf("got error %v", err)
	}
	eventually(t, "grandchild gone", func() bool { return gone(readPID(t, pidfile)) })
}

// A cancelled program never sees the end of an input that it got only in part,
// nor does it block on its output.
func TestCancelledInputHasNoEnd(t *testing.T) {
	g := newGroup(t, long)
	dir := t.TempDir()
	ready, wrong, right := filepath.Join(dir, "ready"), filepath.Join(dir, "wrong"), filepath.Join(dir, "right")
	// After SIGTERM it talks at length, then reads on until nothing comes any more.
	cmd := sh(`trap 'head -c 200000 /dev/zero; echo >"$3"' TERM; head -c 1000 >/dev/null; echo >"$1"; sleep 1; cat >/dev/null; echo >"$2"; sleep 100`, ready, wrong, right)
	message := big(1 << 20)
	if err := runUntil(t, g, ready, nil, cmd, message); err != context.Canceled {
		t.Errorf("got error %v", err)
	}
	clear(message) // ours again: the race detector watches
	eventually(t, "reaction to SIGTERM", func() bool { return written(right) })
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := g.Close(ctx); err != nil {
		t.Error(err)
	}
	if written(wrong) {
		t.Errorf("the program took half a message for a whole one")
	}
}

func TestClose(t *testing.T) {
	g := newGroup(t, long)
	dir := t.TempDir()
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b", "c"} {
		wg.Go(func() {
			if _, err := g.Run(t.Context(), sh(`echo $$ >"$1"; exec sleep 100`, filepath.Join(dir, name))); err != ErrClosed {
				t.Errorf("got error %v", err)
			}
		})
	}
	eventually(t, "three programs", func() bool { return written(dir+"/a") && written(dir+"/b") && written(dir+"/c") })
	if err := g.Close(t.Context()); err != nil {
		t.Error(err)
	}
	wg.Wait()
	if g.Running() != 0 {
		t.Errorf("%d left", g.Running())
	}
	if _, err := g.Run(t.Context(), sh("exit 0")); err != ErrClosed {
		t.Errorf("Run after Close: got error %v", err)
	}
	if err := g.Close(t.Context()); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

// Close kills what does not go in time, orphans of cancelled runs included.
func TestCloseKills(t *testing.T) {
	g := newGroup(t, long)
	dir := t.TempDir()
	own, orphan := filepath.Join(dir, "own"), filepath.Join(dir, "orphan")
	var wg sync.WaitGroup
	for _, cmd := range []Command{sh(stubborn, own), sh(`/bin/sh -c "$2" sh "$1" & wait`, orphan, stubborn)} {
		wg.Go(func() {
			if _, err := g.Run(t.Context(), cmd); err != ErrClosed {
				t.Errorf("got error %v", err)
			}
		})
	}
	eventually(t, "both ready", func() bool { return written(own) && written(orphan) })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := g.Close(ctx); err != nil {
		t.Error(err)
	}
	if ctx.Err() == nil {
		t.Errorf("Close did not give them the time")
	}
	wg.Wait()
	for _, f := range []string{own, orphan} {
		eventually(t, f+" gone", func() bool { return gone(readPID(t, f)) })
	}
}

// Many cancellations at the same moment as the exits: each Run has one of the
// two outcomes, and nothing is left.
func TestCancelRace(t *testing.T) {
	g := newGroup(t, long)
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*200*time.Microsecond)
			defer cancel()
			res, err := g.Run(ctx, Command{Path: "/bin/true"}, big(100000))
			if err == nil && !res.Status.Success() || err != nil && err != context.DeadlineExceeded {
				t.Errorf("%v, %v", res.Status, err)
			}
		})
	}
	wg.Wait()
	eventually(t, "all gone", func() bool { return g.Running() == 0 })
}

// A program that has moved to another process group (here: that of this test)
// is signalled alone.
func TestProgramLeavesItsGroup(t *testing.T) {
	c, err := newGroup(t, 0).start(&Command{Path: os.Args[0], Env: []string{leaveGroup + "=1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.release()
	eventually(t, "change of group", func() bool {
		group, err := unix.Getpgid(c.pid)
		return err == nil && group == unix.Getpgrp()
	})
	if err := c.signal(sigTerm); err != nil {
		t.Error(err)
	}
	if err := c.await(time.Time{}); err != nil || c.status.Signal() != sigTerm {
		t.Errorf("%v, %v", err, c.status)
	}
	if err := c.signal(sigNone); err != unix.ESRCH {
		t.Errorf("after its end: got %v, want ESRCH", err)
	}
}
