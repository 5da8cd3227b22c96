package submit

import (
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"

	"qrelay/runtime/mail"
)

// An Identity says in whose name mails are sent that do not say it themselves.
type Identity struct {
	User   string // the default sender's local part
	Domain string // of addresses without domain
}

// LocalIdentity returns the user that runs this process, and the domain in
// /etc/mailname or else the name of this host.
func LocalIdentity() Identity {
	id := Identity{User: "uid" + strconv.Itoa(os.Getuid()), Domain: "localhost"}
	if u, err := user.Current(); err == nil && u.Username != "" {
		id.User = u.Username
	}
	if host, err := os.Hostname(); err == nil && mail.CheckRecipient("x@"+host) == nil {
		id.Domain = host
	}
	if text, err := os.ReadFile("/etc/mailname"); err == nil {
		if name := strings.TrimSpace(string(text)); mail.CheckRecipient("x@"+name) == nil {
			id.Domain = name
		}
	}
	return id
}

// qualify adds the domain to an address that has none. The domain of a quoted
// local part begins behind the quote.
func (id Identity) qualify(address string) string {
	if strings.Contains(address[strings.LastIndexByte(address, '"')+1:], "@") || strings.EqualFold(address, "postmaster") {
		return address
	}
	return address + "@" + id.Domain
}

// sender returns the envelope sender for the value of -f; nil means that the
// option was not given, "" or "<>" that there is nobody to send bounces to.
func (id Identity) sender(option *string) (string, error) {
	if option == nil {
		return id.User + "@" + id.Domain, nil
	}
	value := strings.TrimSpace(*option)
	if value == "" || value == "<>" {
		return "", nil
	}
	if strings.Contains(value, "@") && mail.CheckSender(value) == nil {
		return value, nil
	}
	addresses, err := splitAddresses(value)
	if err == nil && len(addresses) == 1 {
		if sender := id.qualify(addresses[0]); mail.CheckSender(sender) == nil {
			return sender, nil
		}
	}
	return "", usageError("option -f: %q is no email address", shorten(value))
}

// recipients returns the envelope recipients for what stands on the command
// line or in header fields, each one once, in order.
func (id Identity) recipients(addresses []string) ([]string, error) {
	var all []string
	for _, address := range addresses {
		recipient := id.qualify(address)
		if err := mail.CheckRecipient(recipient); err != nil {
			return nil, err
		}
		if !slices.Contains(all, recipient) {
			all = append(all, recipient)
		}
	}
	return all, nil
}

// commandLine takes the recipients on the command line apart: each argument may
// be an address or a list of them.
func (id Identity) commandLine(args []string) ([]string, error) {
	var addresses []string
	for _, arg := range args {
		list, err := splitAddresses(arg)
		if err != nil {
			return nil, usageError("recipient: %w", err)
		}
		addresses = append(addresses, list...)
	}
	recipients, err := id.recipients(addresses)
	if err != nil {
		return nil, usageError("recipient: %w", err)
	}
	return recipients, nil
}
