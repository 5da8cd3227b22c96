package main

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"

	"qrelay/runtime/submit"
)

func (p *program) newSubmit() *cobra.Command {
	return &cobra.Command{
		Use:                   "submit [--to ADDRESS] [OPTION]... [RECIPIENT]...",
		Short:                 "Hand a mail on standard input to a QMQP server, as sendmail does",
		Long:                  submit.Help,
		DisableFlagParsing:    true, // sendmail's options are not cobra's
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			p.status = p.submit(cmd.Context(), "qrelay submit", args)
			return nil
		},
	}
}

func (p *program) submit(ctx context.Context, name string, args []string) (status int) {
	c := submit.Command{
		Name:     name,
		Args:     args,
		Address:  cmp.Or(p.getenv(submit.EnvAddress), defaultAddress, submit.DefaultAddress),
		Identity: submit.LocalIdentity(),
		Stdin:    p.stdin,
		Stdout:   p.stdout,
		Stderr:   p.stderr,
	}
	return c.Run(ctx)
}
