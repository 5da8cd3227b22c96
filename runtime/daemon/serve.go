package daemon

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	sd "github.com/coreos/go-systemd/v22/daemon"
)

// endSignals end the daemon. A second one cuts the grace period short.
var endSignals = []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT}

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
	signal.Ignore(syscall.SIGPIPE)
	tuneMemory()
	ctx, stop := signal.NotifyContext(ctx, endSignals...)
	defer stop()

	in, err := load(ctx, o, false)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	if err := errors.Join(in.server.Start(), os.Chdir("/")); err != nil {
		return errors.Join(err, in.close())
	}
	in.notify(sd.SdNotifyReady)
	in.rt.Spawn(in.feedWatchdog)
	in.obey(ctx, reload)
	return in.end()
}

// obey runs reload on SIGHUP, and returns when the daemon shall end.
func (in *instance) obey(ctx context.Context, reload <-chan os.Signal) {
	callback := in.rt.CallbackFunc("reload", in.reloading)
	defer callback.Close()
	for {
		select {
		case <-reload:
			callback.Fire()
		case <-ctx.Done():
			return
		}
	}
}

// end stops listening, gives mails in flight the grace period, and releases
// everything.
func (in *instance) end() error {
	in.options.Logger.Info("stopping", "in_flight", in.server.Inflight(), "grace", in.options.Grace)
	in.notify(sd.SdNotifyStopping)
	ctx, cancel := context.WithTimeout(context.Background(), in.options.Grace)
	defer cancel()
	ctx, stop := signal.NotifyContext(ctx, endSignals...)
	defer stop()
	in.server.Stop(ctx)
	return in.close()
}
