package submit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"qrelay/runtime/qmqp"
	"qrelay/runtime/terminal"
)

// DefaultAddress is where mails go if neither the build, the environment nor
// the command line says otherwise: the socket that the default configuration
// listens on.
const DefaultAddress = "/run/cm4all/qrelay/qrelay.sock"

// EnvAddress is the environment variable with the server's address.
const EnvAddress = "QRELAY_ADDRESS"

// A Command is one run of the program.
type Command struct {
	// Name begins all messages: "qrelay submit" or "sendmail".
	Name string
	// Args are the arguments, without the name.
	Args []string
	// Address is the server, unless Args say otherwise.
	Address string
	// Identity completes addresses.
	Identity Identity
	// Stdin is where the message is. It may be a file, a pipe or a socket.
	Stdin          *os.File
	Stdout, Stderr io.Writer
}

// Run submits one mail and returns the exit status. Nothing is printed if the
// mail is accepted, except with -v.
func (c *Command) Run(ctx context.Context) (status int) {
	args, err := parseArguments(c.Args)
	if errors.Is(err, errHelp) {
		fmt.Fprint(c.Stdout, Help)
		return ExitOK
	}
	var response qmqp.Response
	if err == nil {
		response, err = c.submit(ctx, args)
	}
	if err != nil {
		fmt.Fprintf(c.Stderr, "%s: %s\n", c.Name, terminal.Printable(err.Error()))
		return exitStatus(err)
	}
	if args.verbose || response.Status != qmqp.StatusAccepted {
		fmt.Fprintf(c.Stderr, "%s: %s: %s\n", c.Name, response.Status, terminal.Printable(response.Text))
	}
	return responseStatus(response.Status)
}

func (c *Command) submit(ctx context.Context, args arguments) (qmqp.Response, error) {
	sender, err := c.Identity.sender(args.sender)
	if err != nil {
		return qmqp.Response{}, err
	}
	recipients, err := c.Identity.commandLine(args.recipients)
	if err != nil {
		return qmqp.Response{}, err
	}
	if len(recipients) == 0 && !args.fromHeader {
		return qmqp.Response{}, usageError("no recipients: name them on the command line, or take them from the header with -t")
	}
	m, err := openMessage(c.Stdin, !args.ignoreDots)
	if err != nil {
		return qmqp.Response{}, err
	}
	defer m.Close()
	if args.fromHeader {
		if m, recipients, err = c.addFromHeader(m, recipients); err != nil {
			return qmqp.Response{}, err
		}
	}
	server, timeout := args.to, args.timeout
	if server == "" {
		server = c.Address
	}
	if timeout == 0 {
		timeout = defaultTimeout
	}
	return send(ctx, server, timeout, m, sender, recipients)
}

// addFromHeader does what -t says. As with Postfix, recipients on the command
// line get the mail as well.
func (c *Command) addFromHeader(m *message, recipients []string) (*message, []string, error) {
	m, addresses, err := extractRecipients(m)
	if err != nil {
		return nil, nil, err
	}
	found, err := c.Identity.recipients(addresses)
	if err != nil {
		return nil, nil, dataError("the header: %w", err)
	}
	for _, recipient := range found {
		if !slices.Contains(recipients, recipient) {
			recipients = append(recipients, recipient)
		}
	}
	if len(recipients) == 0 {
		return nil, nil, dataError("no recipients: the header has no address in To, Cc or Bcc")
	}
	return m, recipients, nil
}
