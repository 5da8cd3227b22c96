package address

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// A sockaddr_un has room for 108 bytes (unix(7)). A path needs a closing NUL;
// an abstract name does not, but its '@' stands for a byte too.
const (
	maxPath     = 107
	maxAbstract = 108
)

// ErrHostName is what Parse returns, wrapped, for a syntactically valid host
// name: Resolve would have looked it up.
var ErrHostName = errors.New("a host name stands where an IP address is needed; only a resolver function takes names, and a path begins with /")

// Parse reads an address without asking any name server. Where the string has
// no port, the address gets defaultPort. Errors quote s and say what was
// wrong with it; a host name gives ErrHostName.
func Parse(s string, defaultPort int) (Address, error) {
	a, host, _, err := parse(s, defaultPort)
	if err == nil && host != "" {
		err = ErrHostName
	}
	if err != nil {
		return Address{}, wrap(s, err)
	}
	return a, nil
}

// ParseListen reads the address that a listener is to have. Other than with
// Parse, a name without colon is a path too, relative to the working
// directory: "qrelay.sock". It returns ErrHostName for "host:port".
func ParseListen(s string, defaultPort int) (Address, error) {
	if a, ok, err := listenPath(s); ok || err != nil {
		return a, err
	}
	return Parse(s, defaultPort)
}

// parse returns the address that s is, or the host name and port that it
// names.
func parse(s string, defaultPort int) (a Address, host string, port uint16, err error) {
	if s == "" {
		return a, "", 0, errors.New("it is empty")
	}
	if s[0] == '/' || s[0] == '@' {
		a, err = local(s)
		return a, "", 0, err
	}
	if strings.Contains(s, "/") {
		return a, "", 0, errors.New("it is neither an IP address nor a path, which begins with /")
	}
	host, portText, err := split(s)
	if err != nil {
		return a, "", 0, err
	}
	port, err = parsePort(portText, defaultPort)
	if err != nil {
		return a, "", 0, err
	}
	ip, err := netip.ParseAddr(host)
	if err == nil {
		a, err = fromIP(ip, port)
		return a, "", 0, err
	}
	return a, host, port, checkHost(host)
}

// listenPath recognizes the paths that only a listener may have: anything
// that cannot be an IP address or host with port.
func listenPath(s string) (a Address, ok bool, err error) {
	if s == "" || s[0] == '/' || s[0] == '@' {
		return Address{}, false, nil
	}
	if strings.Contains(s, ":") && !strings.Contains(s, "/") {
		return Address{}, false, nil
	}
	if strings.Trim(s, "0123456789.") == "" { // 127.0.0.1, or meant to be
		return Address{}, false, nil
	}
	if a, err = local(s); err != nil {
		return Address{}, false, wrap(s, err)
	}
	return a, true, nil
}

func local(s string) (Address, error) {
	limit, what := maxPath, "a socket's path"
	if s[0] == '@' {
		limit, what = maxAbstract, "an abstract socket's name"
	}
	switch {
	case s == "@":
		return Address{}, errors.New("the name after '@' is missing")
	case strings.IndexByte(s, 0) >= 0:
		return Address{}, errors.New("it holds a NUL byte")
	case len(s) > limit:
		return Address{}, fmt.Errorf("it has %d bytes, but %s may have %d at most", len(s), what, limit)
	}
	return Address{path: s}, nil
}

// split takes host and port apart; port is "" if there is none. Two colons
// outside of brackets make an IPv6 address without port.
func split(s string) (host, port string, err error) {
	rest, bracketed := strings.CutPrefix(s, "[")
	if !bracketed {
		host, port, found := strings.Cut(s, ":")
		switch {
		case strings.Contains(port, ":"):
			return s, "", nil
		case host == "":
			return "", "", errors.New("the host is missing")
		case found && port == "":
			return "", "", errors.New("the port after ':' is missing")
		}
		return host, port, nil
	}
	end := strings.LastIndexByte(rest, ']')
	if end < 0 {
		return "", "", errors.New("the closing ']' is missing")
	}
	host, rest = rest[:end], rest[end+1:]
	if host == "" {
		return "", "", errors.New("there is nothing between '[' and ']'")
	}
	if rest == "" {
		return host, "", nil
	}
	port, found := strings.CutPrefix(rest, ":")
	if !found || port == "" {
		return "", "", fmt.Errorf("%q after ']' is no port such as \":628\"", clip(rest))
	}
	return host, port, nil
}

// parsePort takes decimal digits only. Port 0 is valid: a listener gets a
// free port, and connecting to it fails later.
func parsePort(s string, defaultPort int) (uint16, error) {
	if s == "" {
		return uint16(defaultPort), nil
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("port %q is no number from 0 to 65535", clip(s))
	}
	return uint16(n), nil
}

// fromIP replaces the zone by the interface's name, whichever way it was
// written, so that equal addresses compare equal.
func fromIP(ip netip.Addr, port uint16) (Address, error) {
	a := Address{ip: netip.AddrPortFrom(ip.WithZone(""), port)}
	zone := ip.Zone()
	if zone == "" {
		return a, nil
	}
	name, index, err := lookupZone(zone)
	if err != nil {
		return Address{}, err
	}
	a.ip, a.scope = netip.AddrPortFrom(ip.WithZone(name), port), index
	return a, nil
}

// lookupZone finds an interface by name, or else by number. A number need not
// belong to an interface of today; 0 means any interface and has no name.
func lookupZone(zone string) (name string, index uint32, err error) {
	if ifi, err := net.InterfaceByName(zone); err == nil {
		return ifi.Name, uint32(ifi.Index), nil
	}
	n, err := strconv.ParseUint(zone, 10, 31)
	if err != nil {
		return "", 0, fmt.Errorf("there is no network interface %q", clip(zone))
	}
	return zoneName(uint32(n)), uint32(n), nil
}

// zoneName is the interface's name, or else its number; "" for 0.
func zoneName(index uint32) string {
	if index == 0 {
		return ""
	}
	if ifi, err := net.InterfaceByIndex(int(index)); err == nil {
		return ifi.Name
	}
	return strconv.FormatUint(uint64(index), 10)
}

// wrap names the address that err is about, clip a part of it. Both keep a
// message readable that quotes a very long string.
func wrap(s string, err error) error {
	const show = 120
	if len(s) > show {
		return fmt.Errorf("address %q...: %w", s[:show], err)
	}
	return fmt.Errorf("address %q: %w", s, err)
}

func clip(s string) string {
	const show = 60
	if len(s) > show {
		return s[:show] + "..."
	}
	return s
}
