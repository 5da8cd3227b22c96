package runtime

// Stats say how busy a Runtime is. They are for monitoring: taking them needs
// no turn, so that it works when a script is stuck.
type Stats struct {
	// Tasks are those that run, wait for the turn, or wait for something else.
	Tasks int
	// Turns is how often a task has got the turn.
	Turns uint64
	// Failures is how many tasks that nobody waits for have ended with an
	// error, such as sleepers, reloads and callbacks.
	Failures uint64
}

// Stats returns what the runtime is at.
func (rt *Runtime) Stats() Stats {
	return Stats{Tasks: rt.life.count(), Turns: rt.turn.count.Load(), Failures: rt.failures.Load()}
}

// count returns how many tasks have not ended.
func (l *life) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for t := l.tasks; t != nil; t = t.next {
		n++
	}
	return n
}
