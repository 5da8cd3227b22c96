package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"qrelay/runtime/bench"
	"qrelay/runtime/submit"
	"qrelay/runtime/terminal"
)

func (p *program) newBench() *cobra.Command {
	var o bench.Options
	size := byteSize(bench.DefaultSize)
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Load a daemon with mails and measure it",
		Long: `Submit mails to a daemon, and print how many it took and how long they had to
wait. Interrupted, it prints what it has measured so far.

Without --rate each of the clients submits one mail after the other: how much
can the daemon do? With --rate mails begin at this rate, whatever the daemon
does, and a mail's time counts from when it was due to begin: how long does one
wait at this load?

For a next hop use "qrelay sink", which can also be slow or refuse mails.`,
		Example: `  qrelay sink @next --delay 20ms >/dev/null &
  qrelay bench --to ./mail.sock --clients 64 --for 30s
  qrelay bench --to ./mail.sock --rate 500 --size 64KiB --for 1m --json`,
		Args: noArguments,
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Address, "to", "", "the daemon's `ADDRESS` (default as with submit)")
	flags.Float64Var(&o.Rate, "rate", 0, "begin this many mails per second (default: as fast as they are answered)")
	flags.IntVar(&o.Clients, "clients", 0, "submit this many mails at once; with --rate: at most (default 32; with --rate 1000)")
	flags.Var(&size, "size", "size of a message")
	flags.IntVar(&o.Recipients, "recipients", bench.DefaultRecipients, "recipients of each mail")
	durationVar(flags, &o.Duration, "for", 0, "end after this time (default 10s, unless --count is given)")
	flags.Int64Var(&o.Count, "count", 0, "end after this many mails")
	durationVar(flags, &o.Timeout, "timeout", bench.DefaultTimeout, "how long to wait for connecting, sending on, and the answer")
	flags.BoolVar(&asJSON, "json", false, "print the result as JSON, times in microseconds")
	cmd.RunE = action(func(cmd *cobra.Command, _ []string) error {
		ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		o.Address = cmp.Or(o.Address, p.getenv(submit.EnvAddress), defaultAddress, submit.DefaultAddress)
		for _, name := range []string{"clients", "recipients"} {
			if flag := flags.Lookup(name); flag.Changed && flag.Value.String() == "0" {
				return fmt.Errorf("--%s must be more than 0", name)
			}
		}
		o.Size = int(size)
		if terminal.Obeys(p.stderr, p.getenv) {
			o.Progress = p.stderr
		}
		report, err := bench.Run(ctx, o)
		switch {
		case err != nil:
			return err
		case asJSON:
			return json.NewEncoder(p.stdout).Encode(report)
		}
		return report.WriteText(p.stdout)
	})
	return cmd
}
