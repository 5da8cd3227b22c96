package main

import (
	"fmt"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"qrelay/runtime/status"
	"qrelay/runtime/terminal"
)

func (p *program) newStatus() *cobra.Command {
	var view status.View
	var watch bool
	var interval time.Duration
	from := fmt.Sprintf("127.0.0.1:%d", status.DefaultPort)
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the mails that a daemon has in progress",
		Long: `Ask a running daemon which mails are in flight, and print one per line, the
oldest first: its age, what it is at (receive, turn, handler, relay, answer) and
since when, user and process of the client, size, sender, number of recipients,
and what the policy has decided.

The daemon answers if its configuration has a line such as

  metrics_listen('127.0.0.1:9628')`,
		Example: `  qrelay status
  qrelay status --watch
  qrelay status --from /run/cm4all/qrelay/metrics.sock --json`,
		Args: noArguments,
	}
	flags := cmd.Flags()
	flags.StringVar(&from, "from", from, "`ADDRESS` that the configuration gave to metrics_listen")
	flags.BoolVar(&view.JSON, "json", false, "print JSON, one line per answer")
	flags.BoolVar(&watch, "watch", false, "go on, until interrupted")
	durationVar(flags, &interval, "interval", status.Interval, "ask this often with --watch")
	cmd.RunE = action(func(cmd *cobra.Command, _ []string) error {
		if interval <= 0 {
			return fmt.Errorf("--interval %s: must be more than 0", interval)
		}
		ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		c, err := status.NewClient(ctx, from)
		if err != nil {
			return err
		}
		view.Terminal = terminal.Obeys(p.stdout, p.getenv)
		if !watch {
			return view.Show(ctx, c, p.stdout)
		}
		return view.Watch(ctx, c, p.stdout, interval)
	})
	return cmd
}
