package address

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Resolve is Parse that also looks up host names with the system's resolver,
// which may take long: ctx bounds it. Of several addresses it takes the one
// to try first.
func Resolve(ctx context.Context, s string, defaultPort int) (Address, error) {
	all, err := ResolveAll(ctx, s, defaultPort)
	if err != nil {
		return Address{}, err
	}
	return all[0], nil
}

// ResolveAll returns every address of s, at least one, in the order in which
// they should be tried: as the resolver sorts them (RFC 6724), but 127.0.0.1
// before ::1, because most local servers listen on IPv4 alone.
func ResolveAll(ctx context.Context, s string, defaultPort int) ([]Address, error) {
	a, host, port, err := parse(s, defaultPort)
	if err != nil {
		return nil, wrap(s, err)
	}
	if host == "" {
		return []Address{a}, nil
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, fmt.Errorf("resolve %s: %w", host, lookupError(err))
	}
	return fromIPs(ips, port)
}

// ResolveListen is ParseListen that also looks up the host name of
// "host:port".
func ResolveListen(ctx context.Context, s string, defaultPort int) (Address, error) {
	if a, ok, err := listenPath(s); ok || err != nil {
		return a, err
	}
	return Resolve(ctx, s, defaultPort)
}

func fromIPs(ips []netip.Addr, port uint16) ([]Address, error) {
	slices.SortStableFunc(ips, func(x, y netip.Addr) int {
		if !x.IsLoopback() || !y.IsLoopback() {
			return 0
		}
		return x.Unmap().BitLen() - y.Unmap().BitLen()
	})
	all := make([]Address, 0, len(ips))
	for _, ip := range ips {
		a, err := fromIP(ip.Unmap(), port)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return slices.Compact(all), nil
}

// lookupError drops what net.DNSError says before the reason: "lookup", and the
// name, which the caller's message has.
func lookupError(err error) error {
	dns, ok := errors.AsType[*net.DNSError](err)
	switch {
	case !ok:
		return err
	case dns.IsNotFound:
		return errors.New("no such host")
	case dns.Server == "":
		return errors.New(dns.Err)
	}
	return fmt.Errorf("%s (name server %s)", dns.Err, dns.Server)
}

// checkHost tells whether s may be a host name: dot-separated labels of
// letters, digits, '-' and '_', at most 253 bytes, not ending in a number
// (RFC 1123 2.1, RFC 3696 2: that would be an IPv4 address).
func checkHost(s string) error {
	if strings.Contains(s, ":") {
		return fmt.Errorf("%q is no IPv6 address", clip(s))
	}
	name := strings.TrimSuffix(s, ".")
	if len(name) > 253 {
		return fmt.Errorf("the host name has %d bytes, 253 are allowed", len(name))
	}
	last := name
	for label := range strings.SplitSeq(name, ".") {
		if err := checkLabel(label); err != nil {
			return fmt.Errorf("%q is neither an IP address nor a host name: %w", clip(s), err)
		}
		last = label
	}
	if isNumber(last) {
		return fmt.Errorf("%q is no IPv4 address of four decimal numbers from 0 to 255", clip(s))
	}
	return nil
}

func checkLabel(label string) error {
	switch {
	case label == "":
		return errors.New("a part between dots is empty")
	case len(label) > 63:
		return errors.New("a part between dots has more than 63 bytes")
	case label[0] == '-' || label[len(label)-1] == '-':
		return errors.New("a part begins or ends with '-'")
	}
	for i := range len(label) {
		if c := label[i]; !isAlnum(c) && c != '-' && c != '_' {
			return fmt.Errorf("%q may not be in it", c)
		}
	}
	return nil
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// isNumber tells whether the C library would take a host name's last label
// for a part of an IPv4 address: decimal, octal or hexadecimal.
func isNumber(label string) bool {
	digits := "0123456789"
	if hex, ok := strings.CutPrefix(strings.ToLower(label), "0x"); ok {
		label, digits = hex, "0123456789abcdef"
	}
	return strings.Trim(strings.ToLower(label), digits) == ""
}
