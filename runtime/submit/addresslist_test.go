package submit

import (
	"net/mail"
	"slices"
	"strings"
	"testing"
)

func TestSplitAddresses(t *testing.T) {
	tests := []struct {
		in   string
		want []string
	}{
		{"", nil},
		{" , ;", nil},
		{"root", []string{"root"}},
		{"a@example.com", []string{"a@example.com"}},
		{"a@example.com,b@example.com , c@example.com,", []string{"a@example.com", "b@example.com", "c@example.com"}},
		{"Joe Q. Public <joe@example.com>", []string{"joe@example.com"}},
		{"<joe@example.com> Joe", []string{"joe@example.com"}},
		{`"Public, Joe" <joe@example.com>, "x\"y" <b@example.com>`, []string{"joe@example.com", "b@example.com"}},
		{`"quoted local"@example.com`, []string{`"quoted local"@example.com`}},
		{`<"a>b,c"@example.com>`, []string{`"a>b,c"@example.com`}},
		{"a@example.com (Joe, (nested\\)) one), b@example.com", []string{"a@example.com", "b@example.com"}},
		{"undisclosed-recipients:;", nil},
		{"friends: a@example.com, Bo <b@example.com>; c@example.com", []string{"a@example.com", "b@example.com", "c@example.com"}},
		{"<@relay.example,@other.example:joe@example.com>", []string{"joe@example.com"}},
		{"joe@[192.0.2.1], ann@[IPv6:2001:db8::1]", []string{"joe@[192.0.2.1]", "ann@[IPv6:2001:db8::1]"}},
		{"Jörg Größe <jörg@example.com>", []string{"jörg@example.com"}},
		{"=?utf-8?q?J=C3=B6rg?= <j@example.com>", []string{"j@example.com"}},
	}
	for _, test := range tests {
		got, err := splitAddresses(test.in)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%q: got %q, %v; want %q", test.in, got, err, test.want)
		}
	}
}

func TestSplitAddressesErrors(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a <b@example.com", "'<' without '>'"},
		{`a <"b@example.com>`, "quote without end"},
		{"a> b", "stray '>'"},
		{"a) b", "stray ')'"},
		{"(a", "'(' without ')'"},
		{`"a`, "quote without end"},
		{`"a\`, "quote without end"},
		{"a@[1.2", "'[' without ']'"},
		{"a@1.2]", "stray ']'"},
		{"Joe <>", "empty address"},
		{"<a@example.com> <b@example.com>", "two addresses without comma"},
		{"(" + strings.Repeat("x", 200), "…"},
	}
	for _, test := range tests {
		got, err := splitAddresses(test.in)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: got %q, %v; want the error %q", test.in, got, err, test.want)
		}
	}
}

// What the standard library reads strictly must come out the same here.
func FuzzSplitAddresses(f *testing.F) {
	f.Add("Joe <joe@example.com>, ann@example.com (Ann)")
	f.Add(`g: "a b"@example.com;, <c@[192.0.2.1]>`)
	f.Add(`"\"" <a@b>`)
	f.Fuzz(func(t *testing.T, value string) {
		got, err := splitAddresses(value)
		strict, strictErr := mail.ParseAddressList(value)
		if err != nil || strictErr != nil || strings.ContainsAny(value, "\"\\[(") {
			return
		}
		var want []string
		for _, a := range strict {
			want = append(want, a.Address)
		}
		if !slices.Equal(stripBlanks(got), stripBlanks(want)) {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	})
}

// stripBlanks is for blanks around dots and '@', which only net/mail removes.
func stripBlanks(all []string) []string {
	var out []string
	for _, s := range all {
		out = append(out, strings.Join(strings.Fields(s), ""))
	}
	return out
}
