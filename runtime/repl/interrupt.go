package repl

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
)

// errInterrupted ends a line or script on Ctrl-C.
var errInterrupted = errors.New("interrupted")

// interruptible returns a context that SIGINT cancels. The second SIGINT kills
// the process, in case that a script does not end.
func interruptible(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	var wg sync.WaitGroup
	wg.Go(func() {
		select {
		case <-signals:
			signal.Stop(signals)
			cancel(errInterrupted)
		case <-ctx.Done():
		}
	})
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
		wg.Wait()
	}
}

// A watch calls a function for each of some signals, until it is stopped.
type watch struct {
	signals chan os.Signal
	done    chan struct{}
	wg      sync.WaitGroup
}

func watchSignals(call func(os.Signal), which ...os.Signal) *watch {
	w := &watch{signals: make(chan os.Signal, 4), done: make(chan struct{})}
	signal.Notify(w.signals, which...)
	w.wg.Go(func() {
		for {
			select {
			case s := <-w.signals:
				call(s)
			case <-w.done:
				return
			}
		}
	})
	return w
}

func (w *watch) stop() {
	signal.Stop(w.signals)
	close(w.done)
	w.wg.Wait()
}
