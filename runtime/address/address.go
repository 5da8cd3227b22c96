// Package address holds socket addresses: parsing, resolving and printing.
//
// The strings that it understands are
//
//	/run/next.sock            a local socket's path
//	@name                     an abstract local socket (Linux, unix(7))
//	192.168.0.2               IPv4, with the caller's default port
//	192.168.0.2:628           IPv4
//	::1, fe80::1%eth0         IPv6, with the default port
//	[::1]:628, [ff02::1%2]:5  IPv6; the scope is an interface's name or number
//	relay.example, relay:628  host names, by Resolve only
//
// IP addresses are taken in their standard forms only (RFC 4291 2.2, RFC 4007
// 11.2, four decimal numbers for IPv4): the shortened, octal and hexadecimal
// forms of the C library are refused because they are typing errors far more
// often than addresses.
package address

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// Address is the address of one socket. It is a value: two addresses are the
// same socket address if and only if they compare equal with ==. The zero
// value is no address.
type Address struct {
	path  string         // local sockets; abstract ones begin with '@'
	ip    netip.AddrPort // IP sockets; a zone is the interface's name if it has one
	scope uint32         // the interface's number for ip's zone
}

// IsZero tells whether a is no address at all.
func (a Address) IsZero() bool { return a == Address{} }

// String prints the address so that Parse reads the same address again. IP
// addresses always show their port.
func (a Address) String() string {
	if a.ip.IsValid() {
		return a.ip.String()
	}
	return a.path
}

// Family returns unix.AF_UNIX, unix.AF_INET or unix.AF_INET6, and
// unix.AF_UNSPEC for the zero value.
func (a Address) Family() int {
	switch {
	case a.path != "":
		return unix.AF_UNIX
	case !a.ip.IsValid():
		return unix.AF_UNSPEC
	case a.ip.Addr().Is4():
		return unix.AF_INET
	}
	return unix.AF_INET6
}

// IsAbstract tells whether a is a local socket without a file.
func (a Address) IsAbstract() bool { return a.path != "" && a.path[0] == '@' }

// Path returns the file of a local socket; "" if there is none.
func (a Address) Path() string {
	if a.IsAbstract() {
		return ""
	}
	return a.path
}

// IP returns address, zone and port of an IP socket; the zero AddrPort for a
// local one.
func (a Address) IP() netip.AddrPort { return a.ip }

// Network returns the name that package net has for a socket of this family
// and kind ("stream", "dgram" or "seqpacket"), to go with String in a call of
// net.Dial. It is "" if no such sockets exist, as for "seqpacket" over IP.
func (a Address) Network(kind string) string {
	local := a.Family() == unix.AF_UNIX
	switch {
	case a.IsZero():
		return ""
	case local && kind == "stream":
		return "unix"
	case local && kind == "dgram":
		return "unixgram"
	case local && kind == "seqpacket":
		return "unixpacket"
	case !local && kind == "stream":
		return "tcp"
	case !local && kind == "dgram":
		return "udp"
	}
	return ""
}
