package daemon

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// endSignals end the daemon. A second one cuts the grace period short.
var endSignals = []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT}

// obeyEndSignals returns a context that ends with the first of the end
// signals, or with parent, and one that ends with the second. Whoever calls it
// must call stop.
func obeyEndSignals(parent context.Context) (first, second context.Context, stop func()) {
	first, endFirst := context.WithCancel(parent)
	second, endSecond := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, endSignals...)
	stopped := make(chan struct{})
	go func() {
		for _, end := range []func(){endFirst, endSecond} {
			select {
			case <-signals:
				end()
			case <-stopped:
				return
			}
		}
	}()
	return first, second, func() {
		signal.Stop(signals)
		close(stopped)
		endFirst()
		endSecond()
	}
}

// survivePipes keeps SIGPIPE from ending a daemon whose standard error is
// gone. The signal is received and forgotten instead of ignored, because
// programs would inherit that (execve(2)).
func survivePipes() (stop func()) {
	forgotten := make(chan os.Signal, 1)
	signal.Notify(forgotten, syscall.SIGPIPE)
	return func() { signal.Stop(forgotten) }
}
