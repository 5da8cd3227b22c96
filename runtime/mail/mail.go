package mail

import (
	"errors"
	"slices"
)

// ErrEmptyAccount says that an account must have a name. An account that is not known is cleared.
var ErrEmptyAccount = errors.New("an account must not be empty; clear it instead")

// A Client is the process that submitted a mail, as the kernel told when it connected.
type Client struct {
	PID int32
	UID uint32
	GID uint32
}

// A Mail is one message with its envelope. It is not safe for concurrent use: whoever decides about
// the mail has it alone, and whoever sends it has it after that.
type Mail struct {
	// Message is what the client sent. It belongs to the connection that received it and must be
	// used neither after that nor for writing.
	Message []byte
	// Client is nil if the client is not a process of this machine.
	Client *Client

	sender     string
	recipients []string
	account    string
	inserted   []field
}

// New makes a mail from what a client submitted. It keeps message and recipients, and fails with
// [ErrAddress] if one of the addresses is not acceptable.
func New(message []byte, sender string, recipients []string) (*Mail, error) {
	if err := CheckSender(sender); err != nil {
		return nil, err
	}
	for _, recipient := range recipients {
		if err := CheckRecipient(recipient); err != nil {
			return nil, err
		}
	}
	return &Mail{Message: message, sender: sender, recipients: recipients}, nil
}

// Sender returns the envelope sender; it is empty for bounces.
func (m *Mail) Sender() string { return m.sender }

// SetSender replaces the envelope sender. It fails with [ErrAddress] and then leaves the old one.
func (m *Mail) SetSender(sender string) error {
	if err := CheckSender(sender); err != nil {
		return err
	}
	m.sender = sender
	return nil
}

// Recipients returns the envelope recipients in the client's order. The slice must not be changed.
func (m *Mail) Recipients() []string { return slices.Clip(m.recipients) }

// Account returns the account that the mail is logged under, and whether there is one.
func (m *Mail) Account() (name string, ok bool) { return m.account, m.account != "" }

// SetAccount sets the account that the mail is logged under. It fails with [ErrEmptyAccount].
func (m *Mail) SetAccount(name string) error {
	if name == "" {
		return ErrEmptyAccount
	}
	m.account = name
	return nil
}

// ClearAccount forgets the account.
func (m *Mail) ClearAccount() { m.account = "" }

// Size returns how many bytes the message has, without added headers.
func (m *Mail) Size() int64 { return int64(len(m.Message)) }
