package address

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestResolveName(t *testing.T) {
	for _, c := range []struct {
		in   string
		port uint16
	}{{"localhost", 628}, {"localhost:1234", 1234}, {"[localhost]:77", 77}} {
		a, err := Resolve(t.Context(), c.in, 628)
		if err != nil || !a.IP().Addr().IsLoopback() || a.IP().Port() != c.port {
			t.Errorf("Resolve(%q) = %v, %v", c.in, a, err)
		}
	}
}

func TestResolveNumericAsParse(t *testing.T) {
	for _, s := range []string{"1.2.3.4", "[::1]:25", "/x", "@x"} {
		want := mustParse(t, s)
		if got, err := Resolve(t.Context(), s, 628); err != nil || got != want {
			t.Errorf("Resolve(%q) = %v, %v", s, got, err)
		}
	}
}

func TestResolveBad(t *testing.T) {
	for _, c := range bad {
		if a, err := Resolve(t.Context(), c.in, 628); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Resolve(%q) = %v, %v; want %q", c.in, a, err, c.want)
		}
	}
}

func TestResolveUnknownName(t *testing.T) {
	_, err := Resolve(t.Context(), "no-such-host.invalid:25", 628) // RFC 6761 6.4
	if err == nil || !strings.HasPrefix(err.Error(), "resolve no-such-host.invalid: ") {
		t.Errorf("got %v", err)
	}
}

func TestResolveCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Resolve(ctx, "relay.invalid", 628); err == nil {
		t.Error("resolved in spite of a cancelled context")
	}
}

func TestResolveListen(t *testing.T) {
	if a, err := ResolveListen(t.Context(), "rel.sock", 628); err != nil || a.Path() != "rel.sock" {
		t.Errorf("got %v, %v", a, err)
	}
	if a, err := ResolveListen(t.Context(), "localhost:7", 628); err != nil || a.IP().Port() != 7 {
		t.Errorf("got %v, %v", a, err)
	}
	if a, err := ResolveListen(t.Context(), "x:y", 628); err == nil {
		t.Errorf("got %v", a)
	}
}

// IPv4 first among loopback addresses only; the resolver's order otherwise;
// no address twice.
func TestOrder(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"::1 127.0.0.1", "127.0.0.1:5 [::1]:5"},
		{"2001:db8::1 192.0.2.1", "[2001:db8::1]:5 192.0.2.1:5"},
		{"127.0.0.1 ::ffff:127.0.0.1", "127.0.0.1:5"},
	} {
		var ips []netip.Addr
		for s := range strings.FieldsSeq(c.in) {
			ips = append(ips, netip.MustParseAddr(s))
		}
		var want []Address
		for s := range strings.FieldsSeq(c.want) {
			want = append(want, mustParse(t, s))
		}
		if got, err := fromIPs(ips, 5); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %v, %v; want %v", c.in, got, err, want)
		}
	}
	ip := netip.MustParseAddr("fe80::1%nosuchif")
	if got, err := fromIPs([]netip.Addr{ip}, 5); err == nil {
		t.Errorf("unknown zone: %v", got)
	}
}

// A message names the host once, and says why.
func TestLookupError(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{errors.New("no network"), "no network"},
		{&net.DNSError{Err: "no such host", Name: "x", Server: "192.0.2.1:53", IsNotFound: true}, "no such host"},
		{&net.DNSError{Err: "i/o timeout", Name: "x", Server: "192.0.2.1:53", IsTimeout: true}, "i/o timeout (name server 192.0.2.1:53)"},
		{&net.DNSError{Err: "operation was canceled", Name: "x"}, "operation was canceled"},
	} {
		if got := lookupError(c.err); got.Error() != c.want {
			t.Errorf("%v: got %v, want %s", c.err, got, c.want)
		}
	}
}
