package trial

import (
	"fmt"
	netmail "net/mail"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"qrelay/runtime/mail"
	"qrelay/runtime/relay"
)

// A Mail says what is submitted, and by whom.
type Mail struct {
	// File holds the message.
	File string
	// Sender is the envelope sender; "<>" is the empty one. If it is empty, the
	// message tells: Return-Path, Sender or From.
	Sender string
	// Recipients are those of the envelope. If there are none, the message
	// tells: Delivered-To, or else To and Cc.
	Recipients []string
	// Listener is the address of the listener whose handler is asked. It may be
	// empty if all have the same.
	Listener string

	Client
}

// AddFlags adds flags for the envelope and the client.
func (m *Mail) AddFlags(flags *pflag.FlagSet) {
	flags.StringVarP(&m.Sender, "from", "f", "", "envelope `sender`, <> for bounces (default: Return-Path, Sender or From of the message)")
	flags.StringArrayVar(&m.Recipients, "to", nil, "envelope `recipient`, may be repeated (default: Delivered-To, or To and Cc of the message)")
	flags.StringVar(&m.Listener, "listener", "", "`address` of the listener whose handler is asked, if there are several handlers")
	m.Client.AddFlags(flags)
}

// submission reads the message and completes the envelope.
func (m *Mail) submission() (relay.Submission, error) {
	message, err := os.ReadFile(m.File)
	if err != nil {
		return relay.Submission{}, fmt.Errorf("cannot read the mail: %w", err)
	}
	s := relay.Submission{Message: message, Recipients: m.Recipients}
	if s.Sender, err = m.sender(message); err != nil {
		return s, err
	}
	if len(s.Recipients) == 0 {
		if s.Recipients, err = recipientsOf(message); err != nil {
			return s, fmt.Errorf("%s: %w", m.File, err)
		}
	}
	s.Peer, s.From, err = m.peer()
	return s, err
}

func (m *Mail) sender(message []byte) (string, error) {
	switch {
	case m.Sender == "<>", m.Sender == "" && m.flags != nil && m.flags.Changed("from"):
		return "", nil
	case m.Sender != "":
		return m.Sender, nil
	}
	return senderOf(message)
}

// senderOf returns the address that bounces of a message would go to; it is
// empty if the message does not tell.
func senderOf(message []byte) (string, error) {
	for _, name := range []string{"Return-Path", "Sender", "From"} {
		value, ok := header(message, name)
		if !ok {
			continue
		}
		if value == "<>" {
			return "", nil
		}
		list, err := netmail.ParseAddressList(value)
		if err != nil {
			return "", fmt.Errorf("the header %s: %w (name the sender with --from)", name, err)
		}
		return list[0].Address, nil
	}
	return "", nil
}

// recipientsOf returns whom a message is for.
func recipientsOf(message []byte) ([]string, error) {
	if value, ok := header(message, "Delivered-To"); ok {
		return []string{strings.Trim(value, "<>")}, nil
	}
	var recipients []string
	for _, name := range []string{"To", "Cc"} {
		value, ok := header(message, name)
		if !ok {
			continue
		}
		list, err := netmail.ParseAddressList(value)
		if err != nil {
			return nil, fmt.Errorf("the header %s: %w (name the recipients with --to)", name, err)
		}
		for _, a := range list {
			recipients = append(recipients, a.Address)
		}
	}
	if len(recipients) == 0 {
		return nil, fmt.Errorf("no header tells whom it is for (Delivered-To, To, Cc): name the recipients with --to")
	}
	return recipients, nil
}

// header returns the first header of a name.
func header(message []byte, name string) (string, bool) {
	m := mail.Mail{Message: message}
	return m.Header(name)
}
