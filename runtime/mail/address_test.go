package mail

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

var mailboxes = []string{
	"a@b", "user@example.com", "User.Name@Example.COM", "c+d@localhost", "a.b.c@x.y.z", "x@1.2.3.4",
	"!#$%&'*+-/=?^_`{|}~@example.com", "-@example.com", "1@2", "user@xn--bcher-kva.example", "user@a-b--c.example",
	`"quoted"@example.com`, `"a@b"@example.com`, `".a"@example.com`, `"a..b"@example.com`, `"a,b"@example.com`,
	`"a(b)"@example.com`, `"a<b>"@example.com`, `"a\\b"@example.com`, `"a\b"@example.com`,
	`"quo ted"@example.com`, `"quo\"ted"@example.com`, `"quo\ ted"@example.com`, `""@example.com`,
	"user@[1.2.3.4]", "user@[255.255.255.255]", "user@[001.002.003.004]",
	"user@[IPv6:::1]", "user@[ipv6:2001:db8::1]", "user@[IPv6:::ffff:1.2.3.4]", "user@[x-400:c=de;a=x]",
	"jürgen@example.com", "user@bücher.example", "用户@例子.广告", `"ü ö"@example.com`, "😀@example.com",
	strings.Repeat("l", 64) + "@example.com", "user@" + strings.Repeat("d", 63) + ".example",
	"user@" + strings.Repeat("ü", 59) + ".example", strings.Repeat("l", 64) + "@" + strings.Repeat("d.", 94) + "d",
	`"` + strings.Repeat("q", 62) + `"@example.com`,
}

var notMailboxes = []string{
	"user", "@", "user@", "@example.com", "user@@example.com", "a@b@example.com",
	".user@example.com", "user.@example.com", "us..er@example.com", ".@example.com",
	"user@.example.com", "user@example..com", "user@example.com.", "user@.", "user@-example.com", "user@example-.com",
	"user@example.-com", "user@-", "user@example.com-", "user@exa_mple.com", "user@exa mple.com", "user@exa+mple.com",
	"user@example.com:25", "user@example.com/x", "user name@example.com", " user@example.com", "user@example.com ",
	"user\t@example.com", "user@example.com\n", "user@example.com\r\n", "us\ner@example.com", "user@example.com\x00",
	"us\x00er@example.com", "us\x7fer@example.com", "us\x1ber@example.com", "<user@example.com>", "User <user@example.com>",
	"user@example.com,other@example.com", "user@example.com other@example.com", "a(b)@example.com",
	"a<b@example.com", "a>b@example.com", "a[b@example.com", "a]b@example.com", "a:b@example.com", "a;b@example.com",
	"a,b@example.com", `a\b@example.com`, `a"b@example.com`, `a"b"@example.com`, `"a"b@example.com`, `"a@example.com`,
	`a"@example.com`, `"@example.com`, `"a""b"@example.com`, "@example.org:user@example.com",
	`"\"@example.com`, `"abc\"@example.com`, `"a\`, `"`, `""`, "\"a\\\x00\"@example.com", "\"a\\ü\"@example.com",
	"\"tab\ttab\"@example.com", "\"nl\nnl\"@example.com", "\"nul\x00nul\"@example.com", "\"del\x7f\"@example.com",
	"user@[", "user@[]", "user@[1.2.3.4", "user@[1.2.3]", "user@[1.2.3.4.5]", "user@[1.2.3.256]", "user@[1.2.3.0001]",
	"user@[1..3.4]", "user@[1.2.3.x]", "user@[1.2.3.4]x", "user@[IPv6:]", "user@[IPv6:1.2.3.4]", "user@[IPv6:::1%eth0]",
	"user@[IPv6:::g]", "user@[::1]", "user@[tag:]", "user@[:x]", "user@[tag-:x]", "user@[t_g:x]", "user@[täg:x]",
	"user@[tag:a b]", "user@[tag:a[b]", "user@[tag:ü]", "user@[tag:\x00]",
	"\xff@example.com", "user@\xc3.example", "u\xc0\x80@example.com", "u\u0085x@example.com", "\"\u0080\"@example.com",
	"user@ex\u009fample.com",
	strings.Repeat("l", 65) + "@example.com", `"` + strings.Repeat("q", 63) + `"@example.com`,
	"user@" + strings.Repeat("d", 64) + ".example", "user@" + strings.Repeat("ü", 64) + ".example",
	strings.Repeat("l", 64) + "@" + strings.Repeat("d.", 95) + "d",
	"poſtmaster", "postmaster@", "#@[]x", "x#@[]",
}

func TestMailboxes(t *testing.T) {
	for _, s := range mailboxes {
		if err := CheckSender(s); err != nil {
			t.Errorf("CheckSender: %v", err)
		}
		if err := CheckRecipient(s); err != nil {
			t.Errorf("CheckRecipient: %v", err)
		}
	}
	for _, s := range notMailboxes {
		if err := CheckSender(s); !errors.Is(err, ErrAddress) {
			t.Errorf("CheckSender(%q): error %v, want ErrAddress", s, err)
		}
		if err := CheckRecipient(s); !errors.Is(err, ErrAddress) {
			t.Errorf("CheckRecipient(%q): error %v, want ErrAddress", s, err)
		}
	}
}

func TestSpecialSenders(t *testing.T) {
	for _, s := range []string{"", "#@[]", "list-return-@example.com-@[]", "list-return-@[]", "a-@[]", `"a b"-@[]`, "ü-@[]",
		"a.-@[]", "a--@[]", strings.Repeat("l", 63) + "-@[]"} {
		if err := CheckSender(s); err != nil {
			t.Errorf("CheckSender: %v", err)
		}
		if err := CheckRecipient(s); !errors.Is(err, ErrAddress) {
			t.Errorf("CheckRecipient(%q): error %v, want ErrAddress", s, err)
		}
	}
	for _, s := range []string{"@[]", "-@[]", "a@[]", "a b-@[]", "a\n-@[]", "a@b c-@[]", "\xff-@[]", "##@[]", "postmaster",
		".a-@[]", "a..-@[]", strings.Repeat("l", 64) + "-@[]", strings.Repeat("l", 64) + "@" + strings.Repeat("d.", 93) + "d-@[]"} {
		if err := CheckSender(s); !errors.Is(err, ErrAddress) {
			t.Errorf("CheckSender(%q): error %v, want ErrAddress", s, err)
		}
	}
}

func TestPostmaster(t *testing.T) {
	for _, s := range []string{"postmaster", "Postmaster", "POSTMASTER"} {
		if err := CheckRecipient(s); err != nil {
			t.Errorf("CheckRecipient: %v", err)
		}
	}
	for _, s := range []string{"", "post", "postmasters", "abuse", "postmaster "} {
		if err := CheckRecipient(s); !errors.Is(err, ErrAddress) {
			t.Errorf("CheckRecipient(%q): error %v, want ErrAddress", s, err)
		}
	}
}

func TestAddressErrorSaysWhy(t *testing.T) {
	tests := map[string]string{
		"user":                              `Malformed email address "user": it has no domain`,
		"us er@x":                           `Malformed email address "us er@x": its local part has a character that is not allowed there`,
		"user@" + strings.Repeat("x", 1000): `Malformed email address "user@` + strings.Repeat("x", 75) + `…": it has more than 254 bytes`,
	}
	for s, want := range tests {
		if err := CheckRecipient(s); err == nil || err.Error() != want {
			t.Errorf("CheckRecipient(%.20q): %v; want %s", s, err, want)
		}
	}
}

func TestCheckAddressDoesNotAllocate(t *testing.T) {
	allocs := testing.AllocsPerRun(10, func() {
		for _, s := range mailboxes {
			if CheckSender(s) != nil || CheckRecipient(s) != nil {
				t.Fatal(s)
			}
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations, want none", allocs)
	}
}

func FuzzCheckAddress(f *testing.F) {
	for _, s := range mailboxes {
		f.Add(s)
	}
	for _, s := range notMailboxes {
		f.Add(s)
	}
	f.Add("list-return-@example.com-@[]")
	f.Fuzz(func(t *testing.T, s string) {
		sender, recipient := CheckSender(s) == nil, CheckRecipient(s) == nil
		if !sender && !recipient {
			return
		}
		if len(s) > maxAddress || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
			t.Fatalf("%q was accepted", s)
		}
		if recipient && !sender && len(s) != len("postmaster") {
			t.Fatalf("%q may receive and not send", s)
		}
		if strings.ContainsAny(s, " ,<>()") && !strings.Contains(s, `"`) && !strings.Contains(s, "[") {
			t.Fatalf("%q was accepted without quotes", s)
		}
	})
}

func BenchmarkCheckRecipient(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if err := CheckRecipient("firstname.lastname+tag@mail.example.com"); err != nil {
			b.Fatal(err)
		}
	}
}
