package submit

import (
	"testing"

	"qrelay/runtime/mail"
)

func TestLocalIdentity(t *testing.T) {
	id := LocalIdentity()
	if err := mail.CheckSender(id.User + "@" + id.Domain); err != nil {
		t.Errorf("%+v makes no sender: %v", id, err)
	}
}

func TestQualify(t *testing.T) {
	tests := map[string]string{
		"root":                 "root@host.example",
		"a@example.com":        "a@example.com",
		`"a@b"`:                `"a@b"@host.example`,
		`"a@b"@example.com`:    `"a@b"@example.com`,
		"Postmaster":           "Postmaster",
		"postmaster@x.example": "postmaster@x.example",
	}
	for in, want := range tests {
		if got := testIdentity.qualify(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
