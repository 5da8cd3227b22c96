package qmqp

import (
	"errors"
	"testing"
)

func TestResponse(t *testing.T) {
	tests := []struct {
		response Response
		payload  string
		wire     string
		status   string
	}{
		{Accepted("ok 1700000000 qp 1234"), "Kok 1700000000 qp 1234", "22:Kok 1700000000 qp 1234,", "accepted"},
		{Deferred("try later (#4.3.0)"), "Ztry later (#4.3.0)", "19:Ztry later (#4.3.0),", "deferred"},
		{Rejected("no such user"), "Dno such user", "13:Dno such user,", "rejected"},
		{Accepted(""), "K", "1:K,", "accepted"},
		{Accepted("\x00binary\xff\xfe"), "K\x00binary\xff\xfe", "10:K\x00binary\xff\xfe,", "accepted"},
		{Rejected("line one\nline two\r\n"), "Dline one\nline two\r\n", "20:Dline one\nline two\r\n,", "rejected"},
		{Accepted("7:nested,"), "K7:nested,", "10:K7:nested,,", "accepted"},
	}
	for _, test := range tests {
		if got := test.response.String(); got != test.payload {
			t.Errorf("String of %+v is %q, want %q", test.response, got, test.payload)
		}
		if got := string(test.response.Append([]byte("before"))); got != "before"+test.wire {
			t.Errorf("Append of %+v gave %q, want %q", test.response, got, "before"+test.wire)
		}
		if got, err := ParseResponse([]byte(test.payload)); err != nil || got != test.response {
			t.Errorf("ParseResponse(%q) = %+v, %v; want %+v", test.payload, got, err, test.response)
		}
		if got := test.response.Status.String(); got != test.status {
			t.Errorf("the status of %q is %q, want %q", test.payload, got, test.status)
		}
	}
}

func TestParseResponseMalformed(t *testing.T) {
	for _, in := range []string{"", "Xwhat", "k", "kok", "z", "d", " Kok", "\x00", "\xffK", "0", "1"} {
		if got, err := ParseResponse([]byte(in)); !errors.Is(err, ErrMalformedResponse) || got != (Response{}) {
			t.Errorf("ParseResponse(%q) = %+v, %v; want ErrMalformedResponse", in, got, err)
		}
	}
}

func TestNoStatusDefers(t *testing.T) {
	for _, response := range []Response{{}, {Status: 3}, {Status: 255}} {
		if got := string(response.Append(nil)); got != "1:Z," {
			t.Errorf("%+v is sent as %q, want a temporary failure", response, got)
		}
	}
	if got := Status(200).String(); got != "Status(200)" {
		t.Errorf("an unknown status is called %q", got)
	}
}

func FuzzParseResponse(f *testing.F) {
	f.Add([]byte("Kok"))
	f.Add([]byte("Xwhat"))
	f.Fuzz(func(t *testing.T, in []byte) {
		response, err := ParseResponse(in)
		if err != nil {
			if !errors.Is(err, ErrMalformedResponse) {
				t.Fatalf("unexpected kind of error: %v", err)
			}
			return
		}
		if response.String() != string(in) {
			t.Fatalf("%q was parsed as %q", in, response)
		}
	})
}

func BenchmarkAppendResponse(b *testing.B) {
	r := Accepted("ok 1234567890 queued as 4bX2Qk3vYzz1")
	buf := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		buf = r.Append(buf[:0])
	}
}
