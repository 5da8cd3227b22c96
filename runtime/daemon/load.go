package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"qrelay/runtime"
	"qrelay/runtime/metrics"
	"qrelay/runtime/relay"
)

// An instance is a relay with its Lua runtime.
type instance struct {
	options Options
	server  *relay.Server
	rt      *runtime.Runtime
	script  string // absolute path of the configuration
}

// load makes an instance and runs its configuration script, with the working
// directory set to the script's folder.
func load(ctx context.Context, o Options, dryRun bool) (*instance, error) {
	if o.Config == "" {
		return nil, errors.New("cannot read the configuration: its path is empty")
	}
	script, err := filepath.Abs(o.Config)
	if err != nil {
		return nil, err
	}
	if o.lastResort == 0 {
		o.lastResort = lastResort
	}
	in := &instance{options: o, script: script}
	in.server = relay.NewServer(relay.Options{Logger: o.Logger, MaxInflight: o.MaxInflight, MaxPrograms: o.MaxPrograms, DryRun: dryRun})
	in.rt, err = runtime.New(runtime.Config{
		Logger:    o.Logger,
		TurnLimit: o.TurnLimit,
		Modules: append([]runtime.Module{
			in.server.Module(),
			metrics.Module(metrics.Options{Server: in.server, Logger: o.Logger, TurnLimit: o.TurnLimit, DryRun: dryRun}),
		}, o.Modules...),
	})
	if err == nil {
		err = in.runScript(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, in.close(ctx))
	}
	return in, nil
}

// runScript executes the configuration.
func (in *instance) runScript(ctx context.Context) error {
	if _, err := os.Stat(in.script); err != nil {
		return fmt.Errorf("cannot read the configuration: %w", err)
	}
	if err := os.Chdir(filepath.Dir(in.script)); err != nil {
		return fmt.Errorf("cannot change to the configuration's folder: %w", err)
	}
	if err := in.rt.DoFile(ctx, in.script); err != nil {
		return err
	}
	return in.rt.Main(ctx, "configured", in.server.Configured)
}

// close ends programs and tasks and releases everything. Programs that have
// not ended when ctx does are killed.
func (in *instance) close(ctx context.Context) error {
	err := in.server.Close(ctx)
	if in.rt != nil {
		err = errors.Join(err, in.rt.Close())
	}
	return err
}

// Check runs the configuration without listening or shipping logs, and prints
// to w what it would listen on. The error says what is wrong with it.
func Check(ctx context.Context, o Options, w io.Writer) error {
	in, err := load(ctx, o, true)
	if err != nil {
		return err
	}
	listeners := in.server.Listeners()
	for _, l := range listeners {
		fmt.Fprintf(w, "listener %s\n", l)
	}
	if len(listeners) == 0 {
		err = relay.ErrNoListeners
	}
	return errors.Join(err, in.close(ctx))
}
