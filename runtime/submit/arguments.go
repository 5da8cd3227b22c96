package submit

import (
	"errors"
	"strings"
	"time"
)

// errHelp is what parseArguments returns for --help.
var errHelp = errors.New("help requested")

// arguments are what the command line says.
type arguments struct {
	to         string        // server; "" means the environment's or the default
	timeout    time.Duration // for the server's answer; 0 means defaultTimeout
	sender     *string       // -f or -r; nil means the calling user
	fromHeader bool          // -t
	ignoreDots bool          // -i
	verbose    bool          // -v
	recipients []string
}

// The one-letter options of sendmail, in the notation of getopt(3): a letter
// followed by ':' takes a value. It is Postfix's list without -I.
const sendmailOptions = "A:B:C:F:GL:N:O:R:UV:X:b:ce:f:h:imno:p:q:r:tvx"

// parseArguments reads a command line as getopt(3) would, and long options of
// our own. Errors are usage errors.
func parseArguments(args []string) (arguments, error) {
	var a arguments
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		var err error
		switch {
		case arg == "--":
			a.recipients = append(a.recipients, args...)
			return a, nil
		case strings.HasPrefix(arg, "--"):
			args, err = a.long(arg, args)
		case len(arg) > 1 && arg[0] == '-':
			args, err = a.short(arg[1:], args)
		default:
			a.recipients = append(a.recipients, arg)
		}
		if err != nil {
			return a, err
		}
	}
	return a, nil
}

// long handles one long option and returns the arguments that are left.
func (a *arguments) long(arg string, rest []string) ([]string, error) {
	name, value, hasValue := strings.Cut(arg, "=")
	if name == "--help" {
		return nil, errHelp
	}
	if name != "--to" && name != "--timeout" {
		return nil, usageError("unknown option %s; the long options are --to, --timeout and --help", name)
	}
	if !hasValue {
		if len(rest) == 0 {
			return nil, usageError("option %s needs a value", name)
		}
		value, rest = rest[0], rest[1:]
	}
	if name == "--to" {
		if value == "" {
			return nil, usageError("option --to needs the address of a QMQP server")
		}
		a.to = value
		return rest, nil
	}
	timeout, err := time.ParseDuration(value)
	if err != nil || timeout <= 0 {
		return nil, usageError("option --timeout: %q is no duration; it is written 90s or 5m", value)
	}
	a.timeout = timeout
	return rest, nil
}

// short handles a cluster of one-letter options such as "ti" or "fa@example.com".
func (a *arguments) short(cluster string, rest []string) ([]string, error) {
	for cluster != "" {
		letter := cluster[0]
		cluster = cluster[1:]
		at := strings.IndexByte(sendmailOptions, letter)
		if at < 0 || letter == ':' {
			return nil, usageError("unknown option -%c", letter)
		}
		if !strings.HasPrefix(sendmailOptions[at+1:], ":") {
			a.flag(letter)
			continue
		}
		value := cluster
		if value == "" {
			switch {
			case letter == 'h' && len(rest) == 0:
				return nil, errHelp
			case letter == 'q': // -q alone is complete: one queue run
			case len(rest) == 0:
				return nil, usageError("option -%c needs a value", letter)
			default:
				value, rest = rest[0], rest[1:]
			}
		}
		return rest, a.value(letter, value)
	}
	return rest, nil
}

// flag handles an option without value. Those not named here mean nothing to a
// program that does not deliver.
func (a *arguments) flag(letter byte) {
	switch letter {
	case 'i':
		a.ignoreDots = true
	case 't':
		a.fromHeader = true
	case 'v':
		a.verbose = true
	}
}

// value handles an option with value. Those not named here (-F full name,
// -B body type, -N -R -V delivery status, -O -o options and others) are
// accepted for the sake of the programs that give them.
func (a *arguments) value(letter byte, value string) error {
	switch letter {
	case 'f', 'r':
		a.sender = &value
	case 'o':
		switch value {
		case "i":
			a.ignoreDots = true
		case "t":
			a.fromHeader = true
		}
	case 'b':
		return checkMode(value)
	case 'q':
		return usageError("option -q%s: there is no queue here; a mail is handed over at once or not at all", value)
	}
	return nil
}

var refusedModes = map[string]string{
	"s": "SMTP on standard input",
	"d": "running as a daemon",
	"D": "running as a daemon",
	"p": "listing a queue",
	"i": "making an alias database",
	"I": "making an alias database",
	"t": "address test mode",
	"v": "verifying addresses",
	"h": "printing host status",
	"H": "purging host status",
}

// checkMode judges -b: only -bm, "read a mail from standard input", is there.
func checkMode(mode string) error {
	if mode == "m" {
		return nil
	}
	what, ok := refusedModes[mode]
	if !ok {
		what = "unknown mode"
	}
	return usageError("option -b%s (%s) is not supported; only -bm is, a mail on standard input", mode, what)
}
