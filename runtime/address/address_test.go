package address

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func mustParse(t *testing.T, s string) Address {
	t.Helper()
	a, err := Parse(s, 628)
	if err != nil {
		t.Fatalf("Parse(%q): %v", s, err)
	}
	return a
}

func TestFamilyPathIP(t *testing.T) {
	for _, c := range []struct {
		s        string
		family   int
		abstract bool
		path, ip string
	}{
		{"/run/x", unix.AF_UNIX, false, "/run/x", "invalid AddrPort"},
		{"@x", unix.AF_UNIX, true, "", "invalid AddrPort"},
		{"1.2.3.4:5", unix.AF_INET, false, "", "1.2.3.4:5"},
		{"::1", unix.AF_INET6, false, "", "[::1]:628"},
	} {
		a := mustParse(t, c.s)
		if a.IsZero() {
			t.Errorf("%s: IsZero", c.s)
		}
		if a.Family() != c.family || a.IsAbstract() != c.abstract || a.Path() != c.path || a.IP().String() != c.ip {
			t.Errorf("%s: family %d, abstract %v, path %q, ip %s", c.s, a.Family(), a.IsAbstract(), a.Path(), a.IP())
		}
	}
}

func TestZero(t *testing.T) {
	var a Address
	if !a.IsZero() || a.String() != "" || a.Family() != unix.AF_UNSPEC || a.Sockaddr() != nil || a.Network("stream") != "" {
		t.Errorf("zero value: %#v %q", a, a)
	}
	if err := a.Connect(-1); err != unix.EDESTADDRREQ {
		t.Errorf("Connect: %v", err)
	}
	if err := a.Bind(-1); err != unix.EDESTADDRREQ {
		t.Errorf("Bind: %v", err)
	}
}

func TestNetwork(t *testing.T) {
	for _, c := range []struct{ s, stream, dgram, seqpacket string }{
		{"/x", "unix", "unixgram", "unixpacket"},
		{"@x", "unix", "unixgram", "unixpacket"},
		{"1.2.3.4", "tcp", "udp", ""},
		{"::1", "tcp", "udp", ""},
	} {
		a := mustParse(t, c.s)
		if a.Network("stream") != c.stream || a.Network("dgram") != c.dgram || a.Network("seqpacket") != c.seqpacket {
			t.Errorf("%s: %q %q %q", c.s, a.Network("stream"), a.Network("dgram"), a.Network("seqpacket"))
		}
		if got := a.Network("raw"); got != "" {
			t.Errorf("%s: unknown kind gives %q", c.s, got)
		}
	}
}

// loopback returns the name of the loopback interface, which has number 1 in
// every network namespace of Linux.
func loopback(t *testing.T) string {
	t.Helper()
	ifi, err := net.InterfaceByIndex(1)
	if err != nil {
		t.Fatal(err)
	}
	return ifi.Name
}

func TestScopeByNameAndNumber(t *testing.T) {
	lo := loopback(t)
	byName, byNumber := mustParse(t, "fe80::1%"+lo), mustParse(t, "[fe80::1%1]:628")
	if byName != byNumber {
		t.Errorf("%v != %v", byName, byNumber)
	}
	if want := "[fe80::1%" + lo + "]:628"; byNumber.String() != want {
		t.Errorf("got %v, want %v", byNumber, want)
	}
	if sa := byName.Sockaddr().(*unix.SockaddrInet6); sa.ZoneId != 1 {
		t.Errorf("ZoneId %d", sa.ZoneId)
	}
	if a := mustParse(t, "[ff02::1%99999]:2345"); a.String() != "[ff02::1%99999]:2345" {
		t.Errorf("number without interface: %v", a)
	}
	if mustParse(t, "fe80::1%0") != mustParse(t, "fe80::1") {
		t.Error("scope 0 is not 'no scope'")
	}
}

func TestSockaddrRoundTrip(t *testing.T) {
	for _, s := range []string{"/run/x", "@x", "1.2.3.4:5", "[::1]:6", "[fe80::1%1]:7"} {
		a := mustParse(t, s)
		if got := FromSockaddr(a.Sockaddr()); got != a {
			t.Errorf("%s: got %v", s, got)
		}
	}
}

func TestFromSockaddrPeers(t *testing.T) {
	mapped := &unix.SockaddrInet6{Port: 9, Addr: netip.MustParseAddr("::ffff:1.2.3.4").As16(), ZoneId: 3}
	if got := FromSockaddr(mapped); got != mustParse(t, "1.2.3.4:9") {
		t.Errorf("mapped: %v", got)
	}
	for _, sa := range []unix.Sockaddr{nil, &unix.SockaddrUnix{}, &unix.SockaddrNetlink{}} {
		if got := FromSockaddr(sa); !got.IsZero() {
			t.Errorf("%T: %v", sa, got)
		}
	}
}

func TestBindAndConnect(t *testing.T) {
	for _, s := range []string{
		t.TempDir() + "/s",
		"@qrelay-address-" + strings.Repeat("x", maxAbstract-len("@qrelay-address-")),
		"127.0.0.1:0", "[::1]:0",
	} {
		a := mustParse(t, s)
		server, client := tcpOrUnix(t, a), tcpOrUnix(t, a)
		if err := a.Bind(server); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		if err := unix.Listen(server, 1); err != nil {
			t.Fatal(err)
		}
		if a.Family() != unix.AF_UNIX {
			sa, _ := unix.Getsockname(server)
			a = FromSockaddr(sa)
		}
		if err := a.Connect(client); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func tcpOrUnix(t *testing.T, a Address) int {
	t.Helper()
	fd, err := unix.Socket(a.Family(), unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}
