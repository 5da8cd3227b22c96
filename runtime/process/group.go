package process

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// KillDelay is the time between SIGTERM and SIGKILL unless the group has
// another one: long enough for a mailer to finish a delivery it has begun.
const KillDelay = 60 * time.Second

// reapDelay bounds how long Close waits for children after SIGKILL. Only one
// that hangs in the kernel (a dead network file system) needs longer.
const reapDelay = 5 * time.Second

// ErrClosed is the error of Run when the group is being closed.
var ErrClosed = errors.New("shutting down")

// Group owns children. Its methods may be called from any goroutine.
type Group struct {
	delay time.Duration

	closing context.Context // ended: all children get SIGTERM
	close   context.CancelCauseFunc
	killing context.Context // ended: all children get SIGKILL
	kill    context.CancelFunc

	mu      sync.Mutex
	running int
	idle    chan struct{} // closed once closing and nothing runs
}

// NewGroup makes a group whose children get SIGKILL when they are still there
// killDelay after SIGTERM; 0 means KillDelay.
//
// It marks all descriptors that the daemon inherited as close-on-exec, and gives
// all signals that it inherited as ignored their default action, so that
// programs get none of either. Descriptors that Go opens are so from the start.
func NewGroup(killDelay time.Duration) *Group {
	if killDelay == 0 {
		killDelay = KillDelay
	}
	keepInherited()
	defaultInherited()
	g := &Group{delay: killDelay, idle: make(chan struct{})}
	g.closing, g.close = context.WithCancelCause(context.Background())
	g.killing, g.kill = context.WithCancel(context.Background())
	return g
}

// Close ends the group: new programs are refused, every Run that is under way
// returns ErrClosed, its child gets SIGTERM. Close waits until all children are
// gone, those of earlier cancelled runs included. Once ctx ends, the rest gets
// SIGKILL. The error tells how many could not be ended even so. A second Close
// waits likewise.
func (g *Group) Close(ctx context.Context) error {
	g.mu.Lock()
	if g.closing.Err() == nil {
		g.close(ErrClosed)
		if g.running == 0 {
			close(g.idle)
		}
	}
	g.mu.Unlock()
	select {
	case <-g.idle:
	case <-ctx.Done():
	}
	g.kill()
	select {
	case <-g.idle:
		return nil
	case <-time.After(reapDelay):
		return fmt.Errorf("%d programs did not end after SIGKILL", g.Running())
	}
}

// Running is the number of children that exist, those of cancelled runs that
// have not ended yet included.
func (g *Group) Running() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.running
}

func (g *Group) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closing.Err() != nil {
		return false
	}
	g.running++
	return true
}

func (g *Group) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running--
	if g.running == 0 && g.closing.Err() != nil {
		close(g.idle)
	}
}
