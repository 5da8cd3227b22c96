package mail

import (
	"net/netip"
	"strings"
)

// maxLabel is the most characters of a domain's label (RFC 1035 2.3.4). Beyond ASCII a label's
// characters are counted, not its bytes: the limit is for its encoded form (RFC 5890 4.2).
const maxLabel = 63

// checkDomain returns what is wrong with valid UTF-8 as what follows the '@', or nothing.
func checkDomain(s string) (problem string) {
	if strings.HasPrefix(s, "[") {
		return checkLiteral(s)
	}
	length, last := 0, '.' // of the current label
	for _, c := range s {
		switch {
		case c == '.' && last == '-':
			return hyphen
		case c == '.' && length == 0:
			return emptyLabel
		case c == '.':
			length = -1
		case c == '-' && length == 0:
			return hyphen
		case c != '-' && !isLetterDigit(c):
			return "its domain has characters other than letters, digits, '-' and '.'"
		}
		if length++; length > maxLabel {
			return "a label of its domain has more than 63 characters"
		}
		last = c
	}
	switch {
	case last == '-':
		return hyphen
	case length == 0:
		return emptyLabel
	}
	return ""
}

const (
	emptyLabel = "its domain begins or ends with a dot, has two in a row, or is empty"
	hyphen     = "a label of its domain begins or ends with '-'"
)

// checkLiteral returns what is wrong with s as an address-literal of RFC 5321 4.1.3, or nothing:
// [1.2.3.4], [IPv6:ADDRESS] or [TAG:ANYTHING].
func checkLiteral(s string) (problem string) {
	s = s[1:]
	if !strings.HasSuffix(s, "]") {
		return "its address literal has no ']' at the end"
	}
	s = s[:len(s)-1]
	tag, content, tagged := strings.Cut(s, ":")
	switch {
	case !tagged && !isIPv4(s):
		return "its address literal is no IPv4 address"
	case tagged && strings.EqualFold(tag, "IPv6"):
		if !isIPv6(content) {
			return "its address literal is no IPv6 address"
		}
	case tagged && !isTagged(tag, content):
		return "its address literal is none of [1.2.3.4], [IPv6:ADDRESS], [TAG:TEXT]"
	}
	return ""
}

// isIPv4 accepts up to three digits per number, leading zeros included, as RFC 5321 does.
func isIPv4(s string) bool {
	for range 3 {
		number, rest, ok := strings.Cut(s, ".")
		if !ok || !isByte(number) {
			return false
		}
		s = rest
	}
	return isByte(s)
}

func isByte(s string) bool {
	value := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		value = value*10 + int(s[i]-'0')
	}
	return len(s) >= 1 && len(s) <= 3 && value <= 255
}

// isIPv6 refuses zones: they mean nothing to another host.
func isIPv6(s string) bool {
	addr, err := netip.ParseAddr(s)
	return err == nil && addr.Is6() && addr.Zone() == ""
}

// isTagged checks a General-address-literal of RFC 5321 4.1.3.
func isTagged(tag, content string) bool {
	if tag == "" || tag[len(tag)-1] == '-' || content == "" {
		return false
	}
	for _, c := range tag {
		if c >= 0x80 || c != '-' && !isLetterDigit(c) {
			return false
		}
	}
	for i := range len(content) {
		if c := content[i]; c <= ' ' || c > '~' || c >= '[' && c <= ']' {
			return false
		}
	}
	return true
}
