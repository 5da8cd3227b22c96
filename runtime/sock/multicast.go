package sock

import (
	"net"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"

	"qrelay/runtime/address"
)

// chooseInterface makes connect(2) to an IPv6 group of the local link possible
// that names no interface, such as ff02::dead:beef: alone, the kernel looks up its
// routes for such groups in sendto(2) but not in connect(2). If there is no
// interface that connect will fail.
func chooseInterface(fd int, to address.Address) {
	ip := to.IP().Addr()
	if !ip.IsLinkLocalMulticast() || !ip.Is6() || ip.Zone() != "" {
		return
	}
	if index, err := multicastInterface(); err == nil {
		unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_IF, index)
	}
}

// multicastInterface asks the kernel which interface it sends IPv6 multicast
// through, by way of a group of global scope, for which connect(2) does look at
// the routes. Nothing is sent.
func multicastInterface() (int, error) {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	group := unix.SockaddrInet6{Port: 9, Addr: netip.MustParseAddr("ff0e::1").As16()}
	if err := unix.Connect(fd, &group); err != nil {
		return 0, os.NewSyscallError("connect", err)
	}
	own, err := unix.Getsockname(fd)
	if err != nil {
		return 0, os.NewSyscallError("getsockname", err)
	}
	source := own.(*unix.SockaddrInet6)
	if source.ZoneId != 0 {
		return int(source.ZoneId), nil
	}
	return interfaceOf(netip.AddrFrom16(source.Addr))
}

func interfaceOf(ip netip.Addr) (int, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return 0, err
	}
	for _, i := range interfaces {
		addrs, err := i.Addrs()
		if err != nil {
			return 0, err
		}
		for _, a := range addrs {
			if prefix, err := netip.ParsePrefix(a.String()); err == nil && prefix.Addr() == ip {
				return i.Index, nil
			}
		}
	}
	return 0, unix.ENODEV
}
