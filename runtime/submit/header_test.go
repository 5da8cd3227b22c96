package submit

import (
	"io"
	"slices"
	"strings"
	"testing"
)

func extract(t *testing.T, text string) (string, []string, error) {
	t.Helper()
	m, recipients, err := extractRecipients(&message{strings.NewReader(text), int64(len(text)), nothingToClose})
	if err != nil {
		return "", nil, err
	}
	got, err := io.ReadAll(m)
	if err != nil {
		t.Fatal(err)
	}
	if m.size != int64(len(got)) {
		t.Errorf("%.60q: the size is said to be %d, not %d", text, m.size, len(got))
	}
	return string(got), recipients, nil
}

func TestExtractRecipients(t *testing.T) {
	long := strings.Repeat("x", 50_000)
	tests := []struct {
		in, want   string
		recipients []string
	}{
		{"", "", nil},
		{"no header", "no header", nil},
		{"\nTo: a\n", "\nTo: a\n", nil},
		{"To: a", "To: a", []string{"a"}},
		{"Bcc: a", "", []string{"a"}},
		{"Bcc: a\n\n", "\n", []string{"a"}},
		{"TO: a\r\ncc : b,\r\n\tc\r\nbCC: d\r\n e\r\n@f\r\n\r\nbody", "TO: a\r\ncc : b,\r\n\tc\r\n@f\r\n\r\nbody", []string{"a", "b", "c", "d e"}},
		{"From joe Mon\nTo: a\nline\nBcc: b\n", "From joe Mon\nTo: a\nline\nBcc: b\n", []string{"a"}},
		{"To: a\nResent-To: b\nResent-Bcc: c\nBcc: d\n\n", "To: a\nResent-To: b\n\n", []string{"b", "c"}},
		{"X: " + long + "\nBcc: a\n\n" + long, "X: " + long + "\n\n" + long, []string{"a"}},
		{" folded\nTo: a\n", " folded\nTo: a\n", nil},
		{"To:\nCc: a\n", "To:\nCc: a\n", []string{"a"}},
	}
	for _, test := range tests {
		got, recipients, err := extract(t, test.in)
		if err != nil || got != test.want || !slices.Equal(recipients, test.recipients) {
			t.Errorf("%.60q: got %.60q, %q, %v; want %.60q, %q", test.in, got, recipients, err, test.want, test.recipients)
		}
	}
}

func FuzzExtractRecipients(f *testing.F) {
	f.Add("To: a\nBcc: b,\n c\n\nbody")
	f.Add("From x\nResent-Cc: <@r:a@b>\r\n\r\n")
	f.Add("Bcc")
	f.Fuzz(func(t *testing.T, text string) {
		got, recipients, err := extract(t, text)
		if err != nil {
			return
		}
		// What has been taken out is gone: a second run changes nothing more.
		again, rest, err := extract(t, got)
		if err != nil || again != got {
			t.Fatalf("%q became %q and then %q (%v)", text, got, again, err)
		}
		if len(rest) > len(recipients) && !strings.Contains(strings.ToLower(text), "resent-") {
			t.Fatalf("%q had %q, afterwards %q", text, recipients, rest)
		}
	})
}
