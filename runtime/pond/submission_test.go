package pond

import (
	"strings"
	"testing"
)

func TestSubmissionMessage(t *testing.T) {
	one := []string{"rcpt@example.org"}
	tests := []struct {
		sender     string
		recipients []string
		text, want string
	}{
		{"sender@example.com", one, "discarded", "from=<sender@example.com> to=<rcpt@example.org> discarded"},
		{"", []string{"a@x", "b@y", "c@z"}, "canceled", "from=<> to=<a@x>,<b@y>,<c@z> canceled"},
		{"a@x", one, "", "from=<a@x> to=<rcpt@example.org>"},
		{"a@x", one, "\r\n", "from=<a@x> to=<rcpt@example.org>"},
		{"a@x", one, "nope\n", "from=<a@x> to=<rcpt@example.org> nope"},
		{"a@x", one, "line one\nline two\r\n", "from=<a@x> to=<rcpt@example.org> line one line two"},
		{"a@x", one, "ok\x00\x0f\x05\x7f\t.", "from=<a@x> to=<rcpt@example.org> ok     ."},
		{"ü@x", one, "größer \xff", "from=<ü@x> to=<rcpt@example.org> größer \xff"},
		{"a\x00@x", []string{"b\n@y"}, "ok", "from=<a @x> to=<b @y> ok"},
	}
	for _, test := range tests {
		if got := SubmissionMessage(test.sender, test.recipients, test.text); got != test.want {
			t.Errorf("SubmissionMessage(%q, %q, %q) = %q, want %q", test.sender, test.recipients, test.text, got, test.want)
		}
	}
}

func TestSubmissionMessageAllocatesOnce(t *testing.T) {
	recipients := strings.Fields(strings.Repeat("recipient@example.org ", 100))
	if allocs := testing.AllocsPerRun(100, func() { SubmissionMessage("sender@example.com", recipients, "ok") }); allocs != 1 {
		t.Errorf("%v allocations, want 1", allocs)
	}
}

func BenchmarkSubmissionMessage(b *testing.B) {
	recipients := []string{"a@example.org", "b@example.org"}
	b.ReportAllocs()
	for b.Loop() {
		SubmissionMessage("sender@example.com", recipients, "ok 1700000000 qp 1234")
	}
}
