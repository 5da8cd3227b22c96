package address

import (
	"errors"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"1.2.3.4", "1.2.3.4:628"},
		{"1.2.3.4:25", "1.2.3.4:25"},
		{"1.2.3.4:65535", "1.2.3.4:65535"},
		{"1.2.3.4:0", "1.2.3.4:0"},
		{"::1", "[::1]:628"},
		{"::", "[::]:628"},
		{"::1:25", "[::1:25]:628"},
		{"[::1]", "[::1]:628"},
		{"[::1]:25", "[::1]:25"},
		{"[FF02:0::DEAD:beef]:2345", "[ff02::dead:beef]:2345"},
		{"::ffff:1.2.3.4", "[::ffff:1.2.3.4]:628"},
		{"[::ffff:1.2.3.4]:25", "[::ffff:1.2.3.4]:25"},
		{"[1.2.3.4]:25", "1.2.3.4:25"},
		{"[1.2.3.4]", "1.2.3.4:628"},
		{"/", "/"},
		{"/run/x y:25", "/run/x y:25"},
		{"@x", "@x"},
		{"@@", "@@"},
		{"/" + strings.Repeat("x", 106), "/" + strings.Repeat("x", 106)},
		{"@" + strings.Repeat("x", 107), "@" + strings.Repeat("x", 107)},
	} {
		got, err := Parse(c.in, 628)
		if err != nil || got.String() != c.want {
			t.Errorf("Parse(%q) = %v, %v; want %s", c.in, got, err, c.want)
		}
	}
}

// bad are strings that neither Parse nor Resolve may take, with a part of
// the error.
var bad = []struct{ in, want string }{
	{"", "empty"},
	{" ", `' '`},
	{":", "host is missing"},
	{":628", "host is missing"},
	{"1.2.3.4:", "port after ':' is missing"},
	{"1.2.3.4:x", `port "x"`},
	{"1.2.3.4:25x", `port "25x"`},
	{"1.2.3.4:-1", `port "-1"`},
	{"1.2.3.4:+25", `port "+25"`},
	{"1.2.3.4: 25", `port " 25"`},
	{"1.2.3.4:65536", "0 to 65535"},
	{"localhost:smtp", `port "smtp"`},
	{"1.2.3", "no IPv4 address"},
	{"1.2.3.4.5", "no IPv4 address"},
	{"256.1.1.1", "no IPv4 address"},
	{"010.0.0.1", "no IPv4 address"},
	{"0x7f.1", "no IPv4 address"},
	{"0x7f000001", "no IPv4 address"},
	{"2130706433", "no IPv4 address"},
	{"1.2.3.4 ", `' '`},
	{" 1.2.3.4", `' '`},
	{"1.2.3.4%lo", `'%'`},
	{"[::1", "closing ']'"},
	{"[::1]25", `"25"`},
	{"[::1]:", `":"`},
	{"::1]", "no IPv6 address"},
	{"[]", "between '[' and ']'"},
	{"[]:25", "between '[' and ']'"},
	{"1::2::3", "no IPv6 address"},
	{"12345::", "no IPv6 address"},
	{"fe80::1%", "no IPv6 address"},
	{"fe80::1%nosuchif", `no network interface "nosuchif"`},
	{"fe80::1%-1", "no network interface"},
	{"fe80::1%4294967296", "no network interface"},
	{"*", `'*'`},
	{"*:25", `'*'`},
	{"a b", `' '`},
	{"user@host", `'@'`},
	{"http://x/", "which begins with /"},
	{"./x", "which begins with /"},
	{"x/y", "which begins with /"},
	{"a..b", "empty"},
	{"-a.example", "'-'"},
	{"m\u00fcller.example", "may not be in it"},
	{strings.Repeat("a", 64), "63 bytes"},
	{strings.Repeat("a.", 150), "299 bytes"},
	{strings.Repeat("1", 300) + ":25", "300 bytes"},
	{"@", "name after '@' is missing"},
	{"/a\x00b", "NUL"},
	{"@a\x00b", "NUL"},
	{"/" + strings.Repeat("x", 107), "108 bytes"},
	{"@" + strings.Repeat("x", 108), "109 bytes"},
}

func TestParseBad(t *testing.T) {
	for _, c := range bad {
		a, err := Parse(c.in, 628)
		switch {
		case err == nil || a != Address{}:
			t.Errorf("Parse(%q) = %v, %v; want an error", c.in, a, err)
		case errors.Is(err, ErrHostName):
			t.Errorf("Parse(%q): takes it for a host name", c.in)
		case !strings.Contains(err.Error(), c.want):
			t.Errorf("Parse(%q): %v; want %q in it", c.in, err, c.want)
		case len(err.Error()) > 300:
			t.Errorf("Parse(%.20q): message of %d bytes", c.in, len(err.Error()))
		}
	}
}

func TestParseHostName(t *testing.T) {
	for _, s := range []string{"localhost", "localhost:25", "[localhost]:25", "relay1.example.", "ex_ample", "a-b", "3com.example"} {
		if a, err := Parse(s, 628); !errors.Is(err, ErrHostName) || !strings.Contains(err.Error(), s) {
			t.Errorf("Parse(%q) = %v, %v", s, a, err)
		}
	}
}

func TestParseListen(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"rel.sock", "rel.sock"},
		{"localhost", "localhost"},
		{"./x", "./x"},
		{"run/a:b", "run/a:b"},
		{"/run/x", "/run/x"},
		{"@x", "@x"},
		{"127.0.0.1", "127.0.0.1:628"},
		{"127.0.0.1:0", "127.0.0.1:0"},
		{"::", "[::]:628"},
		{"[::1]:7", "[::1]:7"},
	} {
		got, err := ParseListen(c.in, 628)
		if err != nil || got.String() != c.want {
			t.Errorf("ParseListen(%q) = %v, %v; want %s", c.in, got, err, c.want)
		}
	}
	for _, s := range []string{"", "127.0.0", "1", "[::1", "x:y", strings.Repeat("x", 108), "a\x00b"} {
		if got, err := ParseListen(s, 628); err == nil {
			t.Errorf("ParseListen(%q) = %v", s, got)
		}
	}
	if _, err := ParseListen("localhost:628", 628); !errors.Is(err, ErrHostName) {
		t.Errorf("name with port: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range bad {
		f.Add(c.in)
	}
	for _, s := range []string{"1.2.3.4", "::1", "[fe80::1%1]:25", "fe80::1%lo", "/x", "@x", "localhost:1", "::ffff:1.2.3.4"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := Parse(s, 628)
		if err != nil {
			if a != (Address{}) || len(err.Error()) > 1000 {
				t.Fatalf("Parse(%q) = %v, %v", s, a, err)
			}
			return
		}
		again, err := Parse(a.String(), 1)
		if err != nil || again != a {
			t.Fatalf("Parse(%q) = %v, but Parse of that is %v, %v", s, a, again, err)
		}
	})
}

func FuzzParseListen(f *testing.F) {
	for _, s := range []string{"q", "./q", "a/b:1", "1.2.3.4", "::1", "[::1]:7", "/x", "@x", "localhost:1", "", "a\x00b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseListen(s, 628)
		if err != nil {
			if a != (Address{}) || len(err.Error()) > 1000 {
				t.Fatalf("ParseListen(%q) = %v, %v", s, a, err)
			}
			return
		}
		if again, err := ParseListen(a.String(), 1); err != nil || again != a {
			t.Fatalf("ParseListen(%q) = %v, but of that it is %v, %v", s, a, again, err)
		}
	})
}
