package trial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/metrics"
	"qrelay/runtime/relay"
)

// Options say what to try. The zero value is a Lua runtime with the relay's
// functions and without configuration.
type Options struct {
	// Config is the path of the configuration script; empty means none.
	Config string
	// Modules are the Lua modules besides the relay's own.
	Modules []runtime.Module
	// Logger gets what the daemon would log; nil means slog.Default().
	Logger *slog.Logger
	// Stdin, Stdout and Stderr are the script's; nil means those of the process.
	Stdin  *os.File
	Stdout io.Writer
	Stderr io.Writer
	// TurnLimit is how long a handler may run without waiting; 0 means the
	// engine's default.
	TurnLimit time.Duration
	// Exit is called by os.exit; nil means os.Exit.
	Exit func(status int)
	// Now is the clock of scripts; nil means time.Now.
	Now func() time.Time
	// Replace has Lua functions that are called instead of those of this
	// name, "sleep" or "socket:send".
	Replace map[string]lua.LGFunction
}

// A Trial is a relay that listens nowhere, with its Lua runtime.
type Trial struct {
	options Options
	server  *relay.Server
	rt      *runtime.Runtime
}

// Open makes a Trial and runs its configuration, if there is one. The caller
// must Close it.
//
// The configuration runs in its own folder, as in the daemon; afterwards the
// process is where it was before.
func Open(ctx context.Context, o Options) (*Trial, error) {
	t := &Trial{options: o}
	t.server = relay.NewServer(relay.Options{Logger: o.Logger, DryRun: true})
	var err error
	t.rt, err = runtime.New(runtime.Config{
		Logger:    o.Logger,
		Stdin:     o.Stdin,
		Stdout:    o.Stdout,
		Stderr:    o.Stderr,
		TurnLimit: o.TurnLimit,
		Exit:      o.Exit,
		Now:       o.Now,
		Modules:   t.Modules(),
		Wrap:      t.wrap,
	})
	if err == nil && o.Config != "" {
		err = t.load(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// load runs the configuration. Log records that it sends are not sent.
func (t *Trial) load(ctx context.Context) error {
	script, err := filepath.Abs(t.options.Config)
	if err != nil {
		return err
	}
	if _, err := os.Stat(script); err != nil {
		return fmt.Errorf("cannot read the configuration: %w", err)
	}
	return inFolder(filepath.Dir(script), func() error {
		if err := t.rt.DoFile((&recorder{}).context(ctx), script); err != nil {
			return err
		}
		return t.rt.Main(ctx, "configured", t.server.Configured)
	})
}

// Runtime returns the Lua runtime.
func (t *Trial) Runtime() *runtime.Runtime { return t.rt }

// Modules returns all modules, the relay's own first.
func (t *Trial) Modules() []runtime.Module {
	return append([]runtime.Module{
		t.server.Module(),
		metrics.Module(metrics.Options{Server: t.server, Logger: t.options.Logger, DryRun: true}),
	}, t.options.Modules...)
}

// Listeners returns the addresses that the daemon would listen on.
func (t *Trial) Listeners() []string { return t.server.Listeners() }

// LogServer returns where the daemon would send log records; empty means
// nowhere.
func (t *Trial) LogServer() string {
	if a, ok := t.server.LogServer(); ok {
		return a.String()
	}
	return ""
}

// Reload calls the global function reload, as the daemon does for SIGHUP.
func (t *Trial) Reload(ctx context.Context) error { return t.rt.Run(ctx, "reload", relay.Reload) }

// closeTimeout bounds how long children of a script may take to end.
const closeTimeout = 10 * time.Second

// Close ends all tasks and releases everything.
func (t *Trial) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := t.server.Close(ctx)
	if t.rt != nil {
		err = errors.Join(err, t.rt.Close())
	}
	return err
}
