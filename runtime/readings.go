package runtime

// A Reading is a number that a module tells for monitoring.
type Reading struct {
	// Name is what Prometheus' rules for names want, without a prefix for the
	// program. All readings of one name have the same Help, kind and labels.
	Name, Help string
	Counter    bool // it only grows
	Labels     []Label
	Value      float64
}

// A Label tells readings of one name apart.
type Label struct{ Name, Value string }

// OnReadings registers a function that tells readings. Modules call this when
// they are opened. fn is called from any goroutine, without the turn, so that
// it works when a script is stuck; it must not wait.
func (rt *Runtime) OnReadings(fn func() []Reading) { rt.readings = append(rt.readings, fn) }

// Readings returns what all modules tell.
func (rt *Runtime) Readings() []Reading {
	var all []Reading
	for _, fn := range rt.readings {
		all = append(all, fn()...)
	}
	return all
}
