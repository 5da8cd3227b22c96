package mail

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ErrAddress says that something is not acceptable as an envelope address.
//
//lint:ignore ST1005 Compat: the C++ daemon's words, which scripts may look for
var ErrAddress = errors.New("Malformed email address")

// Limits of an address in bytes (RFC 5321 4.5.3.1). A path may have 256, two of which are its
// angle brackets.
const (
	maxLocalPart = 64
	maxAddress   = 254
)

// CheckSender returns [ErrAddress] with the reason unless s can be an envelope sender: a mailbox, the
// empty string of bounces, or one of the senders that are qmail's own: "#@[]" of double bounces and
// "PREFIX-@[]" or "PREFIX@HOST-@[]" of bounces per recipient.
func CheckSender(s string) error {
	if s == "" || s == "#@[]" {
		return nil
	}
	if prefix, ok := strings.CutSuffix(s, "-@[]"); ok && len(s) <= maxAddress && isVERP(prefix) {
		return nil
	}
	return addressError(s, checkMailbox(s))
}

// CheckRecipient returns [ErrAddress] with the reason unless s can be an envelope recipient: a mailbox,
// or Postmaster, in any case, without a domain (RFC 5321 4.5.1).
func CheckRecipient(s string) error {
	if len(s) == len("postmaster") && strings.EqualFold(s, "postmaster") {
		return nil
	}
	return addressError(s, checkMailbox(s))
}

func addressError(s, problem string) error {
	if problem == "" {
		return nil
	}
	return fmt.Errorf("%w %q: %s", ErrAddress, shorten(s), problem)
}

// isVERP reports whether prefix can stand before "-@[]": a mailbox, or what "-"
// makes a local part of.
func isVERP(prefix string) bool {
	if checkMailbox(prefix) == "" {
		return true
	}
	local := prefix + "-"
	if strings.HasPrefix(prefix, `"`) {
		local = prefix // a quoted string is whole
	}
	end, problem := scanLocalPart(local)
	return prefix != "" && problem == "" && end == len(local) && utf8.ValidString(local)
}

// checkMailbox returns what is wrong with s as a Mailbox of RFC 5321 4.1.2 with the extensions of
// RFC 6531 3.3, or nothing. It and what it calls do not allocate.
func checkMailbox(s string) (problem string) {
	switch {
	case len(s) > maxAddress:
		return "it has more than 254 bytes"
	case !utf8.ValidString(s):
		return "it is not valid UTF-8"
	}
	end, problem := scanLocalPart(s)
	switch {
	case problem != "":
		return problem
	case end == len(s):
		return "it has no domain"
	case s[end] != '@':
		return "its local part has a character that is not allowed there"
	}
	return checkDomain(s[end+1:])
}

// scanLocalPart returns where the local part that s begins with ends.
func scanLocalPart(s string) (end int, problem string) {
	if strings.HasPrefix(s, `"`) {
		end, problem = scanQuoted(s)
	} else {
		end, problem = scanDotAtom(s)
	}
	if problem == "" && end > maxLocalPart {
		problem = "its local part has more than 64 bytes"
	}
	return end, problem
}

// scanDotAtom returns where the Dot-string of RFC 5321 4.1.2 that s begins with ends.
func scanDotAtom(s string) (end int, problem string) {
	const empty = "its local part begins or ends with a dot, has two in a row, or is empty"
	atom := 0 // where the current atom began
	for i, c := range s {
		switch {
		case isAtext(c):
		case c == '.' && i > atom:
			atom = i + 1
		case i == atom:
			return 0, empty
		default:
			return i, ""
		}
	}
	if atom == len(s) {
		return 0, empty
	}
	return len(s), ""
}

// scanQuoted returns where the Quoted-string of RFC 5321 4.1.2 that s begins with ends.
func scanQuoted(s string) (end int, problem string) {
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return i + 1, ""
		case c == '\\':
			if i++; i < len(s) && (s[i] < ' ' || s[i] > '~') {
				return 0, "a backslash quotes something that is not printable ASCII"
			}
		case c < ' ' || c == 0x7f || isC1(s[i:]):
			return 0, "it has a control character"
		}
	}
	return 0, "the quoted local part has no end"
}

// isC1 reports whether valid UTF-8 begins with one of the control characters U+0080 to U+009F.
func isC1(s string) bool { return len(s) > 1 && s[0] == 0xc2 && s[1] < 0xa0 }

// isAtext reports whether c may be part of an atom: the characters of RFC 5322 3.2.3, and by RFC 6531
// all beyond ASCII, except for the control characters among these.
func isAtext(c rune) bool {
	return isLetterDigit(c) || c < utf8.RuneSelf && strings.IndexByte("!#$%&'*+-/=?^_`{|}~", byte(c)) >= 0
}

// isLetterDigit reports whether c may be anywhere in a domain's label.
func isLetterDigit(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0xa0
}
