package limiter

import (
	"fmt"
	"math"
	"time"

	"qrelay/runtime"
)

const (
	defaultCapacity = 1 << 16
	// maxCapacity keeps a slip of the keyboard from using up the memory.
	maxCapacity = 10_000_000
	// maxRate, in tokens per second, is one per nanosecond.
	maxRate = 1e9
	// maxFill, in seconds, is how long it may take to fill a bucket: 31 years,
	// well below what a time.Duration can count.
	maxFill = 1e9
)

// settings reads and checks what limiter.new is called with. interval is the
// nanoseconds for one token.
func settings(o *runtime.OptionsTable) (burst, interval float64, capacity int) {
	if !o.Has("rate") {
		o.Error("rate", "it is missing: tokens that a bucket gets every 'per' seconds")
	}
	rate := positive(o, "rate", 0)
	per := positive(o, "per", 1)
	burst = positive(o, "burst", max(rate, 1))
	if burst < 1 {
		o.Error("burst", fmt.Sprintf("1 or more expected, got %v", burst))
	}
	if rate/per > maxRate {
		o.Error("rate", fmt.Sprintf("at most %d per second can be counted", int(maxRate)))
	}
	if !(burst/rate*per <= maxFill) {
		o.Error("burst", fmt.Sprintf("with this rate it takes more than %d seconds to fill a bucket", int(maxFill)))
	}
	return burst, per / rate * float64(time.Second), capacityOption(o)
}

// positive returns a number option that must be more than 0 and finite.
func positive(o *runtime.OptionsTable, name string, def float64) float64 {
	v := o.Number(name, def)
	if !(v > 0) || math.IsInf(v, 0) {
		o.Error(name, fmt.Sprintf("number greater than 0 expected, got %v", v))
	}
	return v
}

func capacityOption(o *runtime.OptionsTable) int {
	v := o.Number("capacity", defaultCapacity)
	if !(v >= 1 && v <= maxCapacity) || v != math.Trunc(v) {
		o.Error("capacity", fmt.Sprintf("whole number from 1 to %d expected, got %v", maxCapacity, v))
	}
	return int(v)
}
