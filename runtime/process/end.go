package process

import (
	"context"
	"time"

	"golang.org/x/sys/unix"
)

const (
	sigTerm = unix.SIGTERM
	sigKill = unix.SIGKILL
	sigNone = unix.Signal(0) // only asks whether anybody is there
)

// end accompanies a child that has got SIGTERM to its end. It runs as a
// goroutine of the group, which counts the child until end returns.
func (g *Group) end(c *child) {
	defer g.leave()
	defer c.release()
	until := time.Now().Add(g.delay)
	for c.await(until, g.killing) != nil {
		// A wake-up meant for Run may arrive late: only the clock counts.
		if g.killing.Err() != nil || !time.Now().Before(until) {
			c.signal(sigKill)
			for c.await(time.Time{}) != nil {
			}
			return
		}
	}
	g.endOrphans(c, until)
}

// endOrphans waits for what a cancelled program has left in its process group.
// The pidfd names the group safely even though its leader has been reaped;
// before Linux 6.9 it cannot, and what has survived SIGTERM is let go.
func (g *Group) endOrphans(c *child, until time.Time) {
	ctx, cancel := context.WithDeadline(g.killing, until)
	defer cancel()
	for pause := 5 * time.Millisecond; c.signal(sigNone) == nil; pause = min(2*pause, time.Second) {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			c.signal(sigKill)
			return
		}
	}
}
