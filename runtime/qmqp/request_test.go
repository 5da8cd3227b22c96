package qmqp

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

// payload returns the netstrings of all parts, one after the other.
func payload(parts ...string) []byte {
	var b []byte
	for _, part := range parts {
		b = AppendNetstring(b, part)
	}
	return b
}

func TestParseRequest(t *testing.T) {
	tests := [][]string{
		{"m", "s@example.com", "r@example.org"},
		{"Subject: test\n\nhello\n", "", "a@example.org", "b@example.org", "a@example.org"},
		{"", "", ""},
		{"3:abc,", "1:x,", "0:,"},
		{strings.Repeat("x", 100000), "s", "\xff\x00\n"},
	}
	for _, want := range tests {
		in := payload(want...)
		got, err := ParseRequest(in)
		if err != nil {
			t.Errorf("ParseRequest(%.60q): %v", in, err)
			continue
		}
		if string(got.Message) != want[0] || got.Sender != want[1] || !slices.Equal(got.Recipients, want[2:]) {
			t.Errorf("ParseRequest(%.60q) = %.60q, %q, %q", in, got.Message, got.Sender, got.Recipients)
		}
	}
}

func TestParseRequestDoesNotCopyMessage(t *testing.T) {
	in := payload("message", "sender", "recipient")
	request, err := ParseRequest(in)
	if err != nil {
		t.Fatal(err)
	}
	if &request.Message[0] != &in[2] {
		t.Error("the message is a copy")
	}
	if cap(request.Message) != len(request.Message) {
		t.Error("appending to the message would overwrite the envelope")
	}
	clear(in)
	if request.Sender != "sender" || request.Recipients[0] != "recipient" {
		t.Errorf("the envelope %q, %q changed with the payload", request.Sender, request.Recipients)
	}
}

func TestParseRequestMalformed(t *testing.T) {
	const sender, recipient = "13:s@example.com,", "13:r@example.com,"
	tests := map[string]string{
		"empty":                            "",
		"text":                             "hello",
		"message only":                     "1:m,",
		"no recipient":                     "1:m," + sender,
		"no comma after the message":       "1:m" + sender + recipient,
		"no comma after the sender":        "1:m,13:s@example.com" + recipient,
		"no comma after the recipient":     "1:m," + sender + "13:r@example.com",
		"message longer than the rest":     "100:m," + sender + recipient,
		"message as long as the rest":      "35:m," + sender + recipient,
		"negative length":                  "-1:m," + sender + recipient,
		"plus sign":                        "+1:m," + sender + recipient,
		"space in the length":              " 1:m," + sender + recipient,
		"no length":                        ":m," + sender + recipient,
		"leading zero at the message":      "01:m," + sender + recipient,
		"two zeros for an empty message":   "00:," + sender + recipient,
		"leading zero at the sender":       "1:m,013:s@example.com," + recipient,
		"leading zero at the recipient":    "1:m," + sender + "013:r@example.com,",
		"length of 20 digits":              "99999999999999999999:m," + sender + recipient,
		"length 2^64-1":                    "18446744073709551615:m," + sender + recipient,
		"length 2^64+1":                    "18446744073709551617:m," + sender + recipient,
		"text after the last recipient":    "1:m," + sender + recipient + "x",
		"newline after the last recipient": "1:m," + sender + recipient + "\n",
		"a second recipient cut off":       "1:m," + sender + recipient + "13:r@",
		"digits only":                      "1:m," + sender + "13",
	}
	for name, in := range tests {
		request, err := ParseRequest([]byte(in))
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: error %v, want ErrMalformed", name, err)
		}
		if request.Message != nil || request.Recipients != nil {
			t.Errorf("%s: returned %+v with the error", name, request)
		}
	}
}

func TestParseRequestRecipientLimit(t *testing.T) {
	most := payload(append([]string{"m", "s"}, slices.Repeat([]string{"r@example.org"}, MaxRecipients)...)...)
	request, err := ParseRequest(most)
	if err != nil || len(request.Recipients) != MaxRecipients {
		t.Errorf("%d recipients: got %d, %v", MaxRecipients, len(request.Recipients), err)
	}
	if _, err = ParseRequest(AppendNetstring(most, "r")); !errors.Is(err, ErrTooManyRecipients) {
		t.Errorf("%d recipients: error %v, want ErrTooManyRecipients", MaxRecipients+1, err)
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add(payload("m", "s@example.com", "r@example.org"))
	f.Add(payload("Subject: x\n\ny", "", "a", "b", ""))
	f.Add([]byte("1:m,01:s,1:r,"))
	f.Add([]byte("99999999999999999999:"))
	f.Fuzz(func(t *testing.T, in []byte) {
		request, err := ParseRequest(in)
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrTooManyRecipients) {
				t.Fatalf("unexpected kind of error: %v", err)
			}
			return
		}
		parts := append([]string{string(request.Message), request.Sender}, request.Recipients...)
		if again := payload(parts...); !bytes.Equal(again, in) {
			t.Fatalf("%q was parsed as %q", in, again)
		}
	})
}

func BenchmarkParseRequest(b *testing.B) {
	in := payload(strings.Repeat("x", 2048), "sender@example.com", "a@example.org", "b@example.org", "c@example.org")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseRequest(in); err != nil {
			b.Fatal(err)
		}
	}
}
