package address

import (
	"net/netip"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Connect calls connect(2) once, on a socket of this address's family. The
// result is the bare errno: EINPROGRESS and EAGAIN are the caller's business.
// The zero Address gives EDESTADDRREQ.
func (a Address) Connect(fd int) error {
	if a.IsZero() {
		return syscall.EDESTADDRREQ
	}
	return syscall.Connect(fd, a.raw())
}

// Bind calls bind(2) on a socket of this address's family. The zero Address
// gives EDESTADDRREQ.
func (a Address) Bind(fd int) error {
	if a.IsZero() {
		return syscall.EDESTADDRREQ
	}
	return os.NewSyscallError("bind", syscall.Bind(fd, a.raw()))
}

// raw uses package syscall, for its SockaddrUnix takes abstract names of full
// length, that of x/sys does not.
func (a Address) raw() syscall.Sockaddr {
	port := int(a.ip.Port())
	switch a.Family() {
	case unix.AF_UNIX:
		return &syscall.SockaddrUnix{Name: a.path}
	case unix.AF_INET:
		return &syscall.SockaddrInet4{Port: port, Addr: a.ip.Addr().As4()}
	case unix.AF_INET6:
		return &syscall.SockaddrInet6{Port: port, Addr: a.ip.Addr().As16(), ZoneId: a.scope}
	}
	return nil
}

// Sockaddr returns the address in the form that x/sys/unix takes, nil for the
// zero value. Prefer Connect and Bind, which also take an abstract name of the
// full 108 bytes.
func (a Address) Sockaddr() unix.Sockaddr {
	port := int(a.ip.Port())
	switch a.Family() {
	case unix.AF_UNIX:
		return &unix.SockaddrUnix{Name: a.path}
	case unix.AF_INET:
		return &unix.SockaddrInet4{Port: port, Addr: a.ip.Addr().As4()}
	case unix.AF_INET6:
		return &unix.SockaddrInet6{Port: port, Addr: a.ip.Addr().As16(), ZoneId: a.scope}
	}
	return nil
}

// FromSockaddr converts what getsockname(2), getpeername(2) or accept(2)
// gave. An IPv4 peer of an IPv6 socket becomes an IPv4 address. An unnamed
// local socket and other families give the zero Address.
func FromSockaddr(sa unix.Sockaddr) Address {
	switch sa := sa.(type) {
	case *unix.SockaddrUnix:
		return Address{path: sa.Name}
	case *unix.SockaddrInet4:
		return Address{ip: netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))}
	case *unix.SockaddrInet6:
		ip, port := netip.AddrFrom16(sa.Addr), uint16(sa.Port)
		if ip.Is4In6() {
			return Address{ip: netip.AddrPortFrom(ip.Unmap(), port)}
		}
		ip = ip.WithZone(zoneName(sa.ZoneId))
		return Address{ip: netip.AddrPortFrom(ip, port), scope: sa.ZoneId}
	}
	return Address{}
}
