package daemon

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"

	"qrelay/runtime/privilege"
)

// errStuck is returned by Serve if a function that scripts call, written in
// Go, does not return.
var errStuck = errors.New("a script does not end")

// Serve runs the daemon until SIGTERM, SIGINT or SIGQUIT, or until ctx ends.
// It changes the working directory of the process. The error is why it could
// not start; ending in good order is none.
func Serve(ctx context.Context, o Options) error {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	reload := make(chan os.Signal, 1) // one that comes early waits
	signal.Notify(reload, syscall.SIGHUP)
	defer signal.Stop(reload)
	defer survivePipes()()
	ctx, hurry, stop := obeyEndSignals(ctx)
	defer stop()
	tuneMemory()
	reserveThreads()

	in, err := load(ctx, o, false)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	if err := in.start(); err != nil {
		return errors.Join(err, in.close(ctx))
	}
	callback := in.rt.CallbackFunc("reload", in.reload)
	obey(ctx, reload, func() { callback.Fire() })
	callback.Close()
	return in.end(hurry)
}

// start gives up what only start-up needs, accepts connections, and tells the
// service manager.
func (in *instance) start() error {
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if in.options.User != "" {
		if err := privilege.Drop(in.options.User); err != nil {
			return err
		}
	}
	if err := in.server.Start(); err != nil {
		return err
	}
	in.notify(sd.SdNotifyReady)
	in.rt.Spawn(in.feedWatchdog)
	return nil
}

// obey calls reload for each signal, and returns when the daemon shall end.
func obey(ctx context.Context, signals <-chan os.Signal, reload func()) {
	for {
		select {
		case <-signals:
			reload()
		case <-ctx.Done():
			return
		}
	}
}

// end stops listening, gives mails in flight the grace period, then programs
// another, and releases everything. When hurry ends it waits no longer.
func (in *instance) end(hurry context.Context) error {
	in.options.Logger.Info("stopping", "in_flight", in.server.Inflight(), "grace", in.options.Grace)
	in.notify(sd.SdNotifyStopping)
	mails, cancel := context.WithTimeout(hurry, in.options.Grace)
	defer cancel()
	programs, cancel := context.WithTimeout(hurry, 2*in.options.Grace)
	defer cancel()

	ended := make(chan error, 1)
	go func() {
		in.server.Stop(mails)
		ended <- in.close(programs)
	}()
	select {
	case err := <-ended:
		return err
	case <-programs.Done():
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(in.options.lastResort):
		return errStuck
	}
}
