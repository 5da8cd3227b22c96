package main

import (
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"qrelay/modules"
	"qrelay/runtime"
	"qrelay/runtime/daemon"
	"qrelay/runtime/process"
	"qrelay/runtime/relay"
)

func (p *program) newServe() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the daemon (the default command)",
		Long: `Run the configuration script and then the daemon, until SIGTERM or SIGINT.

SIGHUP calls the script's function "reload". With systemd use the units in
contrib/systemd: the daemon tells when it is ready, reloading and stopping, and
feeds the watchdog.`,
		Example: `  qrelay serve --config policy.lua
  qrelay serve --config policy.lua --log-level debug   # a line per mail`,
		Args: noArguments,
	}
	p.serveFlags(cmd)
	return cmd
}

// serveFlags makes cmd the daemon.
func (p *program) serveFlags(cmd *cobra.Command) {
	o := daemon.Options{Modules: modules.All()}
	var logs logFlags
	inflight := byteSize(relay.DefaultMaxInflight)
	configFlag(cmd, &o)
	flags := cmd.Flags()
	durationVar(flags, &o.Grace, "grace", daemon.DefaultGrace, "how long mails in flight may go on after SIGTERM")
	flags.StringVar(&o.User, "user", "", "started as root: become this `USER` once the sockets are there")
	flags.Var(&inflight, "max-inflight", "cap on the bytes of all messages in memory")
	flags.IntVar(&o.MaxPrograms, "max-programs", process.DefaultMaxPrograms, "how many programs of exec and exec_raw may run at a time; further mails wait")
	logs.add(cmd)
	cmd.RunE = action(func(cmd *cobra.Command, _ []string) error {
		if o.Grace < 0 {
			return fmt.Errorf("--grace %s: must not be negative", o.Grace)
		}
		if o.MaxPrograms < 1 {
			return fmt.Errorf("--max-programs %d: at least 1 is needed", o.MaxPrograms)
		}
		o.MaxInflight = int64(inflight)
		o.Logger = logs.logger(p.stderr, p.getenv("JOURNAL_STREAM"))
		slog.SetDefault(o.Logger)
		return daemon.Serve(cmd.Context(), o)
	})
}

func (p *program) newCheck() *cobra.Command {
	o := daemon.Options{Modules: modules.All()}
	var logs logFlags
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Run the configuration script without listening",
		Long: `Run the configuration script as the daemon would, but listen nowhere, and print
where the daemon would listen. Handlers are not called. What else the script
does, such as resolving names and connecting sockets, does happen.

With --mail the handler is called for that mail, and a report is printed: the
action that it chose, which is not done, headers, sender, account, and each
query. The other flags say who submits the mail, and what is expected.

The exit status is 0 if the daemon would start and the action is the expected
one, and 1 if not.`,
		Example: `  qrelay check --config policy.lua && systemctl restart cm4all-qrelay
  qrelay check --config policy.lua --mail bounce.eml -f '<>' \
      --expect 'connect 192.168.1.99'`,
		Args: noArguments,
	}
	var trial trialFlags
	configFlag(cmd, &o)
	logs.add(cmd)
	trial.add(cmd)
	cmd.RunE = action(func(cmd *cobra.Command, _ []string) error {
		o.Logger = logs.logger(p.stderr, p.getenv("JOURNAL_STREAM"))
		slog.SetDefault(o.Logger)
		if wanted, err := trial.wanted(cmd); err != nil {
			return err
		} else if wanted {
			return trial.run(cmd, o, p)
		}
		if err := daemon.Check(cmd.Context(), o, p.stdout); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "%s: ok\n", o.Config)
		return nil
	})
	return cmd
}

// configFlag adds the flags that say how the script runs.
func configFlag(cmd *cobra.Command, o *daemon.Options) {
	flags := cmd.Flags()
	flags.StringVar(&o.Config, "config", daemon.DefaultConfig, "`PATH` of the configuration script")
	durationVar(flags, &o.TurnLimit, "script-limit", runtime.DefaultTurnLimit, "how long a handler may compute without waiting; negative: for ever")
	if err := cmd.MarkFlagFilename("config", "lua"); err != nil {
		panic(err) // no such flag: a mistake in this package
	}
}
