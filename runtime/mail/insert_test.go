package mail

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestInsertHeaderNames(t *testing.T) {
	m := newMail(t, "")
	var want string
	for _, name := range []string{"A", "X-Header", "x_y", "!#$%&'*+-.^_`|~", `"`, `(),/;<=>?@[\]{}`, "123", strings.Repeat("N", 200)} {
		if err := m.InsertHeader(name, "v"); err != nil {
			t.Errorf("InsertHeader(%q): %v", name, err)
		}
		want = name + ": v\r\n" + want
	}
	for _, name := range []string{"", " ", "A B", "A:", ":", "A\t", "A\n", "A\r\nB: c", "\x00", "A\x00", "A\x7f", "A\x80", "ä", "A "} {
		if err := m.InsertHeader(name, "v"); !errors.Is(err, ErrHeaderName) {
			t.Errorf("InsertHeader(%q): error %v, want ErrHeaderName", name, err)
		}
	}
	if got := string(m.AppendHeaders(nil)); got != want {
		t.Errorf("the headers are %q, want %q", got, want)
	}
}

func TestInsertHeaderValues(t *testing.T) {
	m := newMail(t, "")
	for _, value := range []string{"", " ", "v", " two  words ", `!"#$%&'()*+,-./:;<=>?@[\]^_{|}~`, strings.Repeat("v", 10000)} {
		if err := m.InsertHeader("X", value); err != nil {
			t.Errorf("InsertHeader of %.40q: %v", value, err)
		}
	}
	before := string(m.AppendHeaders(nil))
	for _, value := range []string{"\n", "a\r\nB: c", "a\tb", "\x00", "\x7f", "\x80", "ä"} {
		if err := m.InsertHeader("X", value); !errors.Is(err, ErrHeaderValue) {
			t.Errorf("InsertHeader of %q: error %v, want ErrHeaderValue", value, err)
		}
	}
	if after := string(m.AppendHeaders(nil)); after != before {
		t.Error("a refused value changed the headers")
	}
}

func TestInsertHeaderSaysWhy(t *testing.T) {
	m := newMail(t, "")
	tests := map[error]string{
		m.InsertHeader("A B", "v"):     `Illegal header name "A B": printable ASCII characters other than space and ':' are allowed`,
		m.InsertHeader("", "v"):        `Illegal header name: it is empty`,
		m.InsertHeader("X-A", "a\nb"):  `Illegal header value of X-A: byte "\n" at position 2; printable ASCII characters and spaces are allowed`,
		m.InsertHeader("X-A", "\xc3b"): `Illegal header value of X-A: byte "\xc3" at position 1; printable ASCII characters and spaces are allowed`,
	}
	for err, want := range tests {
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestInsertHeaderLimit(t *testing.T) {
	m := newMail(t, "")
	for i := range MaxInserted {
		if err := m.InsertHeader(fmt.Sprintf("X-%d", i), "v"); err != nil {
			t.Fatalf("header %d: %v", i+1, err)
		}
	}
	if err := m.InsertHeader("X-More", "v"); !errors.Is(err, ErrTooManyHeaders) {
		t.Errorf("header %d: error %v, want ErrTooManyHeaders", MaxInserted+1, err)
	}
	if n := strings.Count(string(m.AppendHeaders(nil)), "\r\n"); n != MaxInserted {
		t.Errorf("%d headers go out, want %d", n, MaxInserted)
	}
}

func TestAppendHeaders(t *testing.T) {
	m := newMail(t, "Subject: test\n\nhello\n")
	if got := m.AppendHeaders([]byte("before")); string(got) != "before" {
		t.Errorf("a mail of an unknown client got %q", got)
	}
	m.Client = &Client{PID: 4711, UID: 4294967295, GID: 5}
	if err := m.InsertHeader("X-A", "b"); err != nil {
		t.Fatal(err)
	}
	if err := m.InsertHeader("X-B", ""); err != nil {
		t.Fatal(err)
	}
	const want = "beforeX-B: \r\nX-A: b\r\nReceived: from PID=4711 UID=4294967295 with QMQP\r\n"
	if got := m.AppendHeaders([]byte("before")); string(got) != want {
		t.Errorf("the headers are %q, want %q", got, want)
	}
	if string(m.Message) != "Subject: test\n\nhello\n" {
		t.Errorf("the message is now %q", m.Message)
	}
}

func BenchmarkAppendHeaders(b *testing.B) {
	m := &Mail{Client: &Client{PID: 4711, UID: 1000}}
	if err := m.InsertHeader("X-Cgroup", "/user.slice/user-1000.slice/session-42.scope"); err != nil {
		b.Fatal(err)
	}
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = m.AppendHeaders(dst[:0])
	}
}

func TestInsertedSize(t *testing.T) {
	m, err := New([]byte("x"), "", []string{"a@b"})
	if err != nil {
		t.Fatal(err)
	}
	m.Client = &Client{PID: 1}
	received := len(m.AppendHeaders(nil))
	for i := range 3 {
		if err := m.InsertHeader("X-A", strings.Repeat("v", i)); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := m.InsertedSize(), len(m.AppendHeaders(nil))-received; got != want {
		t.Errorf("InsertedSize() = %d, want %d", got, want)
	}
}
