package runtime

import (
	"context"
	"slices"
	"sync"
)

// life knows what runs in a Runtime, and ends it.
type life struct {
	ctx    context.Context // of background goroutines
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu     sync.Mutex
	closed bool
	tasks  *Task // linked list of those that have not ended
	atEnd  []func()
}

func (l *life) start() {
	l.ctx, l.cancel = context.WithCancel(context.Background())
}

// enter reports whether something new may still run: the task t, or a
// background goroutine if t is nil. If so it must leave.
func (l *life) enter(t *Task) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.wg.Add(1)
	if t != nil {
		t.next = l.tasks
		if l.tasks != nil {
			l.tasks.prev = t
		}
		l.tasks = t
	}
	return true
}

func (l *life) leave(t *Task) {
	if t != nil {
		l.mu.Lock()
		if t.prev != nil {
			t.prev.next = t.next
		} else {
			l.tasks = t.next
		}
		if t.next != nil {
			t.next.prev = t.prev
		}
		// Whoever still refers to t must not keep those that came after it.
		t.prev, t.next = nil, nil
		l.mu.Unlock()
	}
	l.wg.Done()
}

// all lists the tasks that have not ended.
func (l *life) all() (tasks []*Task) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for t := l.tasks; t != nil; t = t.next {
		tasks = append(tasks, t)
	}
	return tasks
}

func (l *life) wait() { l.wg.Wait() }

// stop cancels everything. It reports whether this call is the first.
func (l *life) stop() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.closed = true
	l.cancel()
	for t := l.tasks; t != nil; t = t.next {
		t.cancel(ErrClosed)
	}
	return true
}

func (l *life) onClose(fn func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.atEnd = append(l.atEnd, fn)
}

// closers returns what onClose registered, the last first.
func (l *life) closers() []func() {
	l.mu.Lock()
	defer l.mu.Unlock()
	slices.Reverse(l.atEnd)
	return l.atEnd
}
