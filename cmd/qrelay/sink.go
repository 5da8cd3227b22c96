package main

import (
	"fmt"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"qrelay/runtime/sink"
)

func (p *program) newSink() *cobra.Command {
	var o sink.Options
	var store storeFlags
	cmd := &cobra.Command{
		Use:   "sink ADDRESS",
		Short: "A next hop that keeps mails, for trying policies",
		Long: `Receive mails by QMQP at ADDRESS (socket path, @name, or IP address with or
without :port) and keep them in a Maildir or an mbox, or forget them. A mail is
accepted only after it is safely on disk. Prints a line per mail and, at the end
(SIGINT, SIGTERM or --count), a summary.

The shares to defer, reject and drop are dealt out exactly and evenly: of a
hundred mails, 10% is ten.`,
		Example: `  qrelay sink ./next.sock --maildir Mails
  qrelay sink 127.0.0.1:6280 --discard --defer 10% --delay 100ms --count 1000`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("one ADDRESS to listen on is needed, got %d", len(args))
			}
			return nil
		},
	}
	store.add(cmd)
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error { return store.check(cmd.Flags()) }
	flags := cmd.Flags()
	flags.Var(&o.Defer, "defer", "answer this share of the mails with a temporary failure (10% or 0.1)")
	flags.Var(&o.Reject, "reject", "answer this share with a permanent failure")
	flags.Var(&o.Drop, "drop", "close the connection of this share without an answer")
	durationVar(flags, &o.Delay, "delay", 0, "wait before doing anything with a mail")
	flags.IntVar(&o.Count, "count", 0, "end after this many mails (default: never)")
	durationVar(flags, &o.Grace, "grace", sink.DefaultGrace, "how long mails in progress may go on at the end")
	cmd.RunE = action(func(cmd *cobra.Command, args []string) (err error) {
		o.Address, o.Out = args[0], p.stdout
		if o.Store, err = store.open(); err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		s, err := sink.Listen(ctx, o)
		if err != nil {
			return err
		}
		_, err = s.Run(ctx)
		return err
	})
	return cmd
}

// storeFlags are the flags that say where mails are kept.
type storeFlags struct {
	maildir, mbox string
	discard       bool
	envelope      bool
}

// storePlaces are the flags of which one may be given.
var storePlaces = []string{"maildir", "mbox", "discard"}

func (f *storeFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.maildir, "maildir", "", "keep mails in the Maildir `FOLDER`, which is made if needed")
	flags.StringVar(&f.mbox, "mbox", "", "append mails to `FILE`")
	flags.BoolVar(&f.discard, "discard", false, "forget mails (the default)")
	flags.BoolVar(&f.envelope, "envelope", false, "put Return-Path and Delivered-To on top of kept mails")
	cmd.MarkFlagsMutuallyExclusive(storePlaces...) // for completion; check has better words
	if err := cmd.MarkFlagDirname("maildir"); err != nil {
		panic(err) // no such flag: a mistake in this package
	}
}

// check refuses more than one place.
func (f *storeFlags) check(flags *pflag.FlagSet) error {
	var given []string
	for _, name := range storePlaces {
		if flags.Changed(name) {
			given = append(given, "--"+name)
		}
	}
	if len(given) > 1 {
		return fmt.Errorf("%s: only one place for mails is possible", strings.Join(given, " and "))
	}
	return nil
}

func (f *storeFlags) open() (sink.Store, error) {
	switch {
	case f.maildir != "":
		return sink.OpenMaildir(f.maildir, f.envelope)
	case f.mbox != "":
		return sink.OpenMbox(f.mbox, f.envelope)
	}
	return sink.Discard{}, nil
}
