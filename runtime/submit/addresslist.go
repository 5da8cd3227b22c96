package submit

import (
	"errors"
	"fmt"
	"strings"
)

// splitAddresses takes the value of a To field apart and returns the bare
// addresses: RFC 5322 3.4 with its comments, quoted names, groups and the source
// routes of old, and also what programs write in practice, such as addresses
// without domain, names in any character set, and needless commas.
func splitAddresses(value string) ([]string, error) {
	s := addressScanner{rest: value}
	for s.rest != "" {
		if err := s.step(); err != nil {
			return nil, fmt.Errorf("%w in %q", err, shorten(value))
		}
	}
	if err := s.end(); err != nil {
		return nil, fmt.Errorf("%w in %q", err, shorten(value))
	}
	return s.found, nil
}

// An addressScanner is in the middle of one mailbox: a phrase, an address in
// angle brackets, or both.
type addressScanner struct {
	rest   string
	phrase strings.Builder
	angle  string
	angled bool
	found  []string
}

func (s *addressScanner) step() error {
	switch c := s.rest[0]; c {
	case '(':
		n, err := commentEnd(s.rest)
		s.rest = s.rest[n:]
		return err
	case '"':
		return s.take(quotedEnd(s.rest))
	case '[':
		n := strings.IndexByte(s.rest, ']')
		if n < 0 {
			return errors.New("a '[' without ']'")
		}
		return s.take(n+1, nil)
	case '<':
		return s.takeAngle()
	case ',', ';':
		s.rest = s.rest[1:]
		return s.end()
	case ':': // what was before is the name of a group
		s.rest = s.rest[1:]
		s.phrase.Reset()
		return nil
	case '>', ')', ']':
		return fmt.Errorf("a stray %q", c)
	}
	return s.take(1, nil)
}

// take moves n bytes into the phrase.
func (s *addressScanner) take(n int, err error) error {
	s.phrase.WriteString(s.rest[:n])
	s.rest = s.rest[n:]
	return err
}

func (s *addressScanner) takeAngle() error {
	if s.angled {
		return errors.New("two addresses without comma")
	}
	for i := 1; i < len(s.rest); i++ {
		switch s.rest[i] {
		case '"':
			n, err := quotedEnd(s.rest[i:])
			if err != nil {
				return err
			}
			i += n - 1
		case '>':
			s.angle, s.angled = strings.TrimSpace(s.rest[1:i]), true
			s.rest = s.rest[i+1:]
			return nil
		}
	}
	return errors.New("a '<' without '>'")
}

// end finishes one mailbox. One that is empty counts for nothing.
func (s *addressScanner) end() error {
	address := strings.TrimSpace(s.phrase.String())
	if s.angled {
		address = withoutRoute(s.angle)
	}
	angled := s.angled
	s.phrase.Reset()
	s.angle, s.angled = "", false
	switch {
	case address == "" && angled:
		return errors.New("an empty address")
	case address != "":
		s.found = append(s.found, address)
	}
	return nil
}

// withoutRoute takes the source route off "@relay,@relay2:user@example.com"
// (RFC 5322 4.4).
func withoutRoute(address string) string {
	if strings.HasPrefix(address, "@") {
		if _, rest, ok := strings.Cut(address, ":"); ok {
			return rest
		}
	}
	return address
}

// commentEnd returns how long the comment is that s begins with. Comments nest.
func commentEnd(s string) (int, error) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1, nil
			}
		}
	}
	return len(s), errors.New("a '(' without ')'")
}

// quotedEnd returns how long the quoted string is that s begins with.
func quotedEnd(s string) (int, error) {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1, nil
		}
	}
	return len(s), errors.New("a quote without end")
}

// shorten keeps error messages readable.
func shorten(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
