package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"qrelay/runtime/demo"
	"qrelay/runtime/terminal"
)

func (p *program) newDemo() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show a daemon with a policy, a next hop and three mails at work",
		Long: `Show in a temporary directory what qrelay does: a daemon that runs a policy, a
next hop that keeps mails, and three mails, of which one is relayed, one is
rejected and one discarded. Nothing is simulated; the exit status is 0 only if
all went as told.`,
		Args: noArguments,
		RunE: action(func(cmd *cobra.Command, _ []string) error {
			self, err := os.Executable()
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return demo.Run(ctx, demo.Options{
				Out:    p.stdout,
				Color:  terminal.Colors(p.stdout, p.getenv),
				Daemon: []string{self, "serve"},
			})
		}),
	}
}
