package daemon

import (
	"os"
	"runtime/debug"
)

// gcPercent lets the heap grow to five times of what is live before it is
// collected. The live heap is small, because messages are kept outside or in
// reused buffers: about 10 MB more memory save a tenth of the CPU time.
const gcPercent = 400

// tuneMemory sets the garbage collector's target, unless the operator did with
// GOGC.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
