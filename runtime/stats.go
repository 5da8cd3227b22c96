package runtime

import "runtime/metrics"

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
	// Memory is how many bytes of the heap were in use when Go's collector last
	// looked. Lua values are a part of it that cannot be told from the rest.
	Memory uint64
}

// Stats returns what the runtime is at.
func (rt *Runtime) Stats() Stats {
	return Stats{Tasks: rt.life.count(), Turns: rt.turn.count.Load(), Failures: rt.failures.Load(), Memory: liveHeap()}
}

// liveHeap returns the live heap. Before the first collection that is all of it.
func liveHeap() uint64 {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(samples)
	if live := samples[0].Value.Uint64(); live > 0 {
		return live
	}
	return samples[1].Value.Uint64()
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
