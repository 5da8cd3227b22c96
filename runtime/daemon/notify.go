package daemon

import (
	"context"
	"errors"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"
	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/relay"
)

// notify tells the service manager about a change, if there is one.
func (in *instance) notify(state string) {
	if _, err := sd.SdNotify(false, state); err != nil {
		in.options.Logger.Warn("cannot notify the service manager", "error", err.Error())
	}
}

// reload runs the script's reload, if it has one, as the service manager wants
// it told (sd_notify(3), Type=notify-reload).
func (in *instance) reload(L *lua.LState, _ []lua.LValue) error {
	in.notify(sd.SdNotifyReloading + "\n" + sd.SdNotifyMonotonicUsec())
	defer in.notify(sd.SdNotifyReady)
	err := relay.Reload(L)
	switch {
	case err == nil:
		in.options.Logger.Info("reloaded")
	case errors.Is(err, relay.ErrNoReload):
		in.options.Logger.Info("nothing to reload", "reason", err.Error())
		return nil
	}
	return err
}

// feedWatchdog pings the service manager's watchdog (WatchdogSec=) twice per
// interval, as long as Lua is not stuck: nobody has kept the turn for a whole
// interval, which is how long the service manager has patience, or for well
// over the turn limit. A script that runs for too long is ended by the limit,
// but a function in Go that does not return can only be ended with the process.
func (in *instance) feedWatchdog(ctx context.Context) {
	interval, err := sd.SdWatchdogEnabled(false)
	if err != nil {
		in.options.Logger.Warn("cannot feed the watchdog", "error", err.Error())
	}
	if err != nil || interval == 0 {
		return
	}
	limit := in.options.TurnLimit
	if limit == 0 {
		limit = runtime.DefaultTurnLimit
	}
	patience := min(interval, 2*limit) // without a limit nobody measures
	tick := time.NewTicker(interval / 2)
	defer tick.Stop()
	for {
		if limit < 0 || in.rt.Held() < patience {
			in.notify(sd.SdNotifyWatchdog)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
