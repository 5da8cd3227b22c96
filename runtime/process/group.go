package process

import (
	"cmp"
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

// Options configure a [Group]. The zero value works.
type Options struct {
	// KillDelay is the time between SIGTERM and SIGKILL; 0 means KillDelay.
	KillDelay time.Duration
	// MaxPrograms is how many children there may be at a time; 0 means
	// DefaultMaxPrograms.
	MaxPrograms int
}

// Group owns children. Its methods may be called from any goroutine.
type Group struct {
	delay   time.Duration
	places  *places
	forking sync.Mutex // held while a program is started

	closing context.Context // ended: all children get SIGTERM
	close   context.CancelCauseFunc
	killing context.Context // ended: all children get SIGKILL
	kill    context.CancelFunc

	mu      sync.Mutex
	running int
	idle    chan struct{} // closed once closing and nothing runs
}

// NewGroup makes a group.
//
// It marks all descriptors that the daemon inherited as close-on-exec, and gives
// all signals that it inherited as ignored their default action, so that
// programs get none of either. Descriptors that Go opens are so from the start.
func NewGroup(o Options) *Group {
	keepInherited()
	defaultInherited()
	g := &Group{
		delay:  cmp.Or(o.KillDelay, KillDelay),
		places: newPlaces(cmp.Or(o.MaxPrograms, DefaultMaxPrograms)),
		idle:   make(chan struct{}),
	}
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

// Waiting is the number of Runs that wait for the end of other programs.
func (g *Group) Waiting() int { return int(g.places.waiting.Load()) }

// MaxPrograms is how many children there may be at a time.
func (g *Group) MaxPrograms() int { return cap(g.places.taken) }

// enter counts a child, once there is a place for it.
func (g *Group) enter(ctx context.Context, patience time.Duration, deadline time.Time) error {
	if err := g.places.take(ctx, g.closing, patience, deadline); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closing.Err() != nil {
		g.places.free()
		return ErrClosed
	}
	g.running++
	return nil
}

func (g *Group) leave() {
	defer g.places.free() // last, or there would be one program too many to see
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running--
	if g.running == 0 && g.closing.Err() != nil {
		close(g.idle)
	}
}
