package mail

import (
	"errors"
	"slices"
	"testing"
)

func newMail(t *testing.T, message string) *Mail {
	t.Helper()
	m, err := New([]byte(message), "sender@example.com", []string{"rcpt@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestNewChecksAddresses(t *testing.T) {
	tests := []struct {
		sender     string
		recipients []string
		ok         bool
	}{
		{"s@example.com", []string{"a@example.org", "b@example.org", "c@example.org"}, true},
		{"", []string{"Postmaster"}, true},
		{"bad", []string{"a@example.org"}, false},
		{"s@example.com", []string{"bad", "b@example.org"}, false},
		{"s@example.com", []string{"a@example.org", "bad", "c@example.org"}, false},
		{"s@example.com", []string{"a@example.org", ""}, false},
	}
	for _, test := range tests {
		m, err := New([]byte("hello"), test.sender, test.recipients)
		switch {
		case !test.ok:
			if !errors.Is(err, ErrAddress) || m != nil {
				t.Errorf("New for %q, %q = %v, %v; want ErrAddress", test.sender, test.recipients, m, err)
			}
		case err != nil:
			t.Errorf("New for %q, %q: %v", test.sender, test.recipients, err)
		case m.Sender() != test.sender || !slices.Equal(m.Recipients(), test.recipients) || m.Size() != 5:
			t.Errorf("New gave sender %q, recipients %q, %d bytes", m.Sender(), m.Recipients(), m.Size())
		}
	}
}

func TestSetSender(t *testing.T) {
	m := newMail(t, "")
	for _, bad := range []string{"bad", "@", "a@", "@b", "a b@example.com", "a@example..com", "a@example.com\n", "a@example.com\x00"} {
		if err := m.SetSender(bad); !errors.Is(err, ErrAddress) {
			t.Errorf("SetSender(%q): error %v, want ErrAddress", bad, err)
		}
		if m.Sender() != "sender@example.com" {
			t.Errorf("after SetSender(%q) the sender is %q", bad, m.Sender())
		}
	}
	for _, good := range []string{"x@y", "second.longer.address@example.net", "", "#@[]"} {
		if err := m.SetSender(good); err != nil || m.Sender() != good {
			t.Errorf("SetSender(%q): error %v, the sender is %q", good, err, m.Sender())
		}
	}
}

func TestAppendingToRecipientsLeavesThem(t *testing.T) {
	list := append(make([]string, 0, 4), "a@example.org")
	m, err := New(nil, "", list)
	if err != nil {
		t.Fatal(err)
	}
	_ = append(m.Recipients(), "added@example.org")
	if beyond := list[:2][1]; beyond != "" {
		t.Errorf("the recipients' memory was overwritten with %q", beyond)
	}
}

func TestAccount(t *testing.T) {
	m := newMail(t, "")
	if name, ok := m.Account(); ok {
		t.Errorf("a new mail has the account %q", name)
	}
	if err := m.SetAccount("acct"); err != nil {
		t.Fatal(err)
	}
	if err := m.SetAccount(""); !errors.Is(err, ErrEmptyAccount) {
		t.Errorf("SetAccount(\"\"): error %v, want ErrEmptyAccount", err)
	}
	if name, ok := m.Account(); name != "acct" || !ok {
		t.Errorf("the account is %q, %v; want acct", name, ok)
	}
	m.ClearAccount()
	if name, ok := m.Account(); name != "" || ok {
		t.Errorf("the cleared account is %q, %v", name, ok)
	}
}
