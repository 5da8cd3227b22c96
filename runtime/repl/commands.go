package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"qrelay/runtime/relay"
	"qrelay/runtime/trial"
)

// A command is a line that begins with a dot.
type command struct {
	name, args, doc string
	run             func(p *prompt, ctx context.Context, args []string) error
}

// commands returns all of them, in the order of .help.
func commands() []command {
	return []command{
		{".help", "[NAME]", "describe a function, module, class or object, or list what there is", (*prompt).helpCommand},
		{".listeners", "", "list where the daemon would listen and send log records", (*prompt).listenersCommand},
		{".mail", "FILE [-f SENDER] [RCPT...] [--uid U ...]", "have a handler decide about a mail, without doing it; .mail --help tells more", (*prompt).mailCommand},
		{".reload", "", "call the configuration's function reload, as SIGHUP does", (*prompt).reloadCommand},
		{".restart", "", "begin anew, and read the configuration again", (*prompt).restartCommand},
		{".quit", "", "leave (as Ctrl-D does)", (*prompt).quitCommand},
	}
}

// command runs a line that begins with a dot.
func (p *prompt) command(ctx context.Context, line string) error {
	words, err := splitWords(line)
	if err != nil {
		return err
	}
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return c.name == words[0] })
	if i < 0 {
		var names []string
		for _, c := range all {
			names = append(names, c.name)
		}
		return fmt.Errorf("there is no command %s (there are %s)", words[0], strings.Join(names, ", "))
	}
	if c := all[i]; c.args == "" && len(words) > 1 {
		return fmt.Errorf("%s takes no arguments", c.name)
	}
	return all[i].run(p, ctx, words[1:])
}

func (p *prompt) listenersCommand(context.Context, []string) error {
	p.listeners()
	return nil
}

// listeners prints where the daemon would listen.
func (p *prompt) listeners() {
	for _, name := range p.trial.Listeners() {
		fmt.Fprintf(p.stdout, "listener    %s\n", name)
	}
	if len(p.trial.Listeners()) == 0 {
		fmt.Fprintln(p.stdout, "no listeners")
	}
	if to := p.trial.LogServer(); to != "" {
		fmt.Fprintf(p.stdout, "log_server  %s\n", to)
	}
}

// helpWidth is how wide help texts may be.
const helpWidth = 80

// mailCommand has a handler decide about a mail.
func (p *prompt) mailCommand(ctx context.Context, args []string) error {
	var m trial.Mail
	flags := pflag.NewFlagSet(".mail", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	m.AddFlags(flags)
	asJSON := flags.Bool("json", false, "write the report in one line for programs")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		fmt.Fprintf(p.stdout, "usage: .mail FILE [-f SENDER] [RCPT...] [options]\n%s", flags.FlagUsagesWrapped(helpWidth))
		return nil
	case err != nil:
		return fmt.Errorf("%w (.mail --help lists the options)", err)
	case flags.NArg() == 0:
		return errors.New(".mail needs the file of a mail: .mail FILE [-f SENDER] [RCPT...] [options]")
	}
	m.File = flags.Arg(0)
	m.Recipients = append(m.Recipients, flags.Args()[1:]...)
	report, err := p.trial.Submit(ctx, &m)
	switch {
	case err != nil:
		return err
	case *asJSON:
		p.failed = p.failed || report.Err != nil
		return report.WriteJSON(p.stdout, "", report.Err == nil)
	case report.Err != nil:
		report.WriteCalls(p.stdout) // which may tell why
		return report.Err
	}
	report.Write(p.stdout)
	return nil
}

func (p *prompt) reloadCommand(ctx context.Context, _ []string) error {
	err := p.trial.Reload(ctx)
	if errors.Is(err, relay.ErrNoReload) && p.in.config != "" {
		return fmt.Errorf("%w (.restart reads the configuration again)", err)
	}
	return err
}

// restartCommand makes a new virtual machine. If the configuration fails, the
// old one remains.
func (p *prompt) restartCommand(ctx context.Context, _ []string) error {
	old := p.trial
	if err := p.open(ctx); err != nil {
		return err
	}
	p.help = newHelpIndex(p.trial.Modules())
	if p.in.config != "" {
		p.listeners()
	}
	return old.Close()
}

func (p *prompt) quitCommand(context.Context, []string) error {
	p.quit = true
	return nil
}

// splitWords takes a line apart at blanks, as a shell does: quotes keep blanks,
// and a backslash keeps any character.
func splitWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord, quote := false, byte(0)
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '\\' && quote != '\'' && i+1 < len(line):
			i++
			word.WriteByte(line[i])
			inWord = true
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote, inWord = c, true
		case quote == 0 && (c == ' ' || c == '\t'):
			if inWord {
				words = append(words, word.String())
				word.Reset()
			}
			inWord = false
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("the quote %c has no end", quote)
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
