package qmqp

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// unframe takes a whole request apart as a server does.
func unframe(t *testing.T, wire []byte) Request {
	t.Helper()
	size, frame, err := ParseHeader(wire, 1<<30)
	if err != nil || size != int64(len(frame)-1) {
		t.Fatalf("ParseHeader(%.40q) = %d of %d bytes, %v", wire, size, len(frame)-1, err)
	}
	content, err := Payload(frame)
	if err != nil {
		t.Fatal(err)
	}
	request, err := ParseRequest(content)
	if err != nil {
		t.Fatal(err)
	}
	return request
}

func TestAppendRequest(t *testing.T) {
	tests := []struct {
		headers, message, sender string
		recipients               []string
	}{
		{"", "m", "s@example.com", []string{"r@example.org"}},
		{"X-A: b\r\n", "Subject: test\n\nhello\n", "", []string{"B@Example.org", "a@example.org", "B@Example.org"}},
		{"", "", "", []string{""}},
		{strings.Repeat("h", 99), strings.Repeat("m", 900), strings.Repeat("s", 10), []string{strings.Repeat("r", 100)}},
	}
	for _, test := range tests {
		head, tail := AppendRequest(nil, nil, []byte(test.headers), int64(len(test.message)), test.sender, test.recipients)
		got := unframe(t, slices.Concat(head, []byte(test.message), tail))
		if string(got.Message) != test.headers+test.message || got.Sender != test.sender || !slices.Equal(got.Recipients, test.recipients) {
			t.Errorf("%+v came out as %q, %q, %q", test, got.Message, got.Sender, got.Recipients)
		}
	}
}

func TestAppendRequestExample(t *testing.T) {
	head, tail := AppendRequest(nil, nil, []byte("A: b\r\n"), 5, "s@x", []string{"r@y", "q@z"})
	if got, want := string(head), "33:11:A: b\r\n"; got != want {
		t.Errorf("the head is %q, want %q", got, want)
	}
	if got, want := string(tail), ",3:s@x,3:r@y,3:q@z,,"; got != want {
		t.Errorf("the tail is %q, want %q", got, want)
	}
}

func TestAppendRequestReusesMemory(t *testing.T) {
	head, tail := make([]byte, 0, 256), make([]byte, 0, 256)
	headers, recipients := []byte("X-A: b\r\n"), []string{"a@example.org", "b@example.org"}
	allocs := testing.AllocsPerRun(100, func() {
		head, tail = AppendRequest(head[:0], tail[:0], headers, 2048, "sender@example.com", recipients)
	})
	if allocs != 0 {
		t.Errorf("%v allocations, want none", allocs)
	}
}

func TestWriteRequest(t *testing.T) {
	message := strings.Repeat("0123456789abcde\n", 10000)
	var wire bytes.Buffer
	source := iotest.HalfReader(strings.NewReader(message + "beyond"))
	if err := WriteRequest(&wire, source, int64(len(message)), "s@example.com", []string{"r@example.org"}); err != nil {
		t.Fatal(err)
	}
	got := unframe(t, wire.Bytes())
	if string(got.Message) != message || got.Sender != "s@example.com" || !slices.Equal(got.Recipients, []string{"r@example.org"}) {
		t.Errorf("the request came out as %.40q…, %q, %q", got.Message, got.Sender, got.Recipients)
	}
}

// fullAfter fails when more than n bytes have been written to it.
type fullAfter int

var errFull = errors.New("full")

func (n *fullAfter) Write(b []byte) (int, error) {
	if *n -= fullAfter(len(b)); *n < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestWriteRequestErrors(t *testing.T) {
	errRead := errors.New("cannot read")
	recipients := []string{"r@example.org"}
	tests := []struct {
		name    string
		room    fullAfter
		message io.Reader
		size    int64
		want    error
	}{
		{"message ends early", 100, strings.NewReader("four"), 5, io.ErrUnexpectedEOF},
		{"message fails", 100, iotest.ErrReader(errRead), 5, errRead},
		{"no room for the head", 3, strings.NewReader("hello"), 5, errFull},
		{"no room for the message", 8, strings.NewReader("hello"), 5, errFull},
		{"no room for the tail", 15, strings.NewReader("hello"), 5, errFull},
	}
	for _, test := range tests {
		if err := WriteRequest(&test.room, test.message, test.size, "s", recipients); !errors.Is(err, test.want) {
			t.Errorf("%s: error %v, want %v", test.name, err, test.want)
		}
	}
	untouched := fullAfter(0)
	if err := WriteRequest(&untouched, strings.NewReader(""), -1, "s", recipients); err == nil || errors.Is(err, errFull) {
		t.Errorf("a negative size: error %v", err)
	}
}

func BenchmarkAppendRequest(b *testing.B) {
	headers, recipients := []byte("Received: from PID=1 UID=2 with QMQP\r\n"), []string{"a@example.org", "b@example.org"}
	var head, tail []byte
	b.ReportAllocs()
	for b.Loop() {
		head, tail = AppendRequest(head[:0], tail[:0], headers, 2048, "sender@example.com", recipients)
	}
}
