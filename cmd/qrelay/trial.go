package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"qrelay/runtime/daemon"
	"qrelay/runtime/trial"
)

// trialFlags are the flags of check that have a handler decide about a mail.
type trialFlags struct {
	trial.CheckOptions
}

func (f *trialFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.Mail.File, "mail", "", "`file` of a mail that a handler shall decide about")
	flags.StringVar(&f.Expect, "expect", "", "fail unless the handler chooses this `action`, such as 'connect 192.168.1.99'")
	flags.BoolVar(&f.JSON, "json", false, "write the report in one line for programs")
	f.Mail.AddFlags(flags)
	if err := cmd.MarkFlagFilename("mail", "eml"); err != nil {
		panic(err) // no such flag: a mistake in this package
	}
}

// wanted tells whether there is a mail. What is given, but empty, is a mistake,
// such as a variable that is not set: the check must not pass for it.
func (f *trialFlags) wanted(cmd *cobra.Command) (bool, error) {
	for _, name := range []string{"mail", "expect"} {
		if flag := cmd.Flags().Lookup(name); flag.Changed && strings.TrimSpace(flag.Value.String()) == "" {
			return false, fmt.Errorf("--%s is empty", name)
		}
	}
	if f.Mail.File != "" {
		return true, nil
	}
	return false, f.strays(cmd)
}

// strays is the error if there are flags about a mail, but no mail.
func (f *trialFlags) strays(cmd *cobra.Command) error {
	about := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.Mail.AddFlags(about)
	var given []string
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		if flag.Name == "expect" || flag.Name == "json" || about.Lookup(flag.Name) != nil {
			given = append(given, "--"+flag.Name)
		}
	})
	if len(given) == 0 {
		return nil
	}
	return fmt.Errorf("%s: about which mail? Name it with --mail", strings.Join(given, ", "))
}

// run has the handler decide, with the configuration and logger of o.
func (f *trialFlags) run(cmd *cobra.Command, o daemon.Options, p *program) error {
	f.Options = trial.Options{Config: o.Config, Modules: o.Modules, Logger: o.Logger, TurnLimit: o.TurnLimit}
	return trial.Check(cmd.Context(), f.CheckOptions, p.stdout)
}
