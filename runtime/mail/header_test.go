package mail

import (
	"net/textproto"
	"strings"
	"testing"
)

func TestHeader(t *testing.T) {
	const message = "Received: by one\r\n" +
		"\twith QMQP;\r\n" +
		"  today\r\n" +
		"Received: by two\r\n" +
		"Subject: hello world \n" +
		"X-Empty:\n" +
		"X-Late:\n   value\n" +
		"X-Tight:a:b\n" +
		"x-lower-case : spaced\n" +
		"X-8bit: \xff\x00ü\r\r\n" +
		"X-Subject: other\n" +
		"\n" +
		"Body: no header\n"
	tests := []struct {
		name, value string
		ok          bool
	}{
		{"Received", "by one\twith QMQP;  today", true},
		{"Subject", "hello world", true},
		{"sUBJECT", "hello world", true},
		{"X-Empty", "", true},
		{"X-Late", "value", true},
		{"X-Tight", "a:b", true},
		{"X-Lower-Case", "spaced", true},
		{"X-8bit", "\xff\x00ü\r", true},
		{"X-Subject", "other", true},
		{"Body", "", false},
		{"Subj", "", false},
		{"Subject:", "", false},
		{"ſubject", "", false},
		{"", "", false},
	}
	m := newMail(t, message)
	for _, test := range tests {
		if value, ok := m.Header(test.name); value != test.value || ok != test.ok {
			t.Errorf("Header(%q) = %q, %v; want %q, %v", test.name, value, ok, test.value, test.ok)
		}
	}
}

func TestHeaderEnds(t *testing.T) {
	tests := map[string]bool{
		"X: y":                                 true,
		"X: y\r":                               true,
		"A: b\nX: y":                           true,
		"From user@example.com today\nX: y\n":  true,
		"":                                     false,
		"\n\nX: y\n":                           false,
		"\r\nX: y\n":                           false,
		"A: b\r\n\r\nX: y\n":                   false,
		"no field\nX: y\n":                     false,
		"A: b\nFrom user@example.com\nX: y\n":  false,
		" folded from nothing\nX: y\n":         false,
		"A: b\n X: y\n":                        false,
		": no name\nX: y\n":                    false,
		"X":                                    false,
		"X \n: y":                              false,
		"A: b\rX: y\n":                         false,
		"From user@example.com without an end": false,
	}
	for message, want := range tests {
		if value, ok := newMail(t, message).Header("x"); ok != want || ok && value != "y" {
			t.Errorf("in %q Header gave %q, %v; want %v", message, value, ok, want)
		}
	}
}

func TestHeaderSeesInserted(t *testing.T) {
	m := newMail(t, "Subject: own\nReceived: by other\n\n")
	m.Client = &Client{PID: 1, UID: 2}
	for _, value := range []string{"first", " second "} {
		if err := m.InsertHeader("SUBJECT", value); err != nil {
			t.Fatal(err)
		}
	}
	if value, ok := m.Header("subject"); value != "second" || !ok {
		t.Errorf("Header(subject) = %q, %v; want the last inserted", value, ok)
	}
	if value, ok := m.Header("Received"); value != "by other" || !ok {
		t.Errorf("Header(Received) = %q, %v; want the message's own", value, ok)
	}
}

func FuzzHeader(f *testing.F) {
	f.Add("Subject: a\r\n b\r\n\r\n", "subject")
	f.Add("A: b\nB:\n\tc\n\nC: d\n", "B")
	f.Add("From x\nA : b", "a")
	f.Fuzz(func(t *testing.T, message, name string) {
		m := &Mail{Message: []byte(message)}
		value, ok := m.Header(name)
		if string(m.Message) != message {
			t.Fatal("the message has changed")
		}
		if !ok {
			return
		}
		if checkHeaderName(name) != nil || strings.Contains(value, "\n") || textproto.TrimString(value) != value && !strings.ContainsAny(value, "\r") {
			t.Fatalf("in %q %q has the value %q", message, name, value)
		}
		if !strings.Contains(strings.ToLower(message), strings.ToLower(name)) {
			t.Fatalf("%q is not in %q", name, message)
		}
		again := &Mail{Message: []byte(name + ": " + value + "\r\n" + message)}
		if got, ok := again.Header(name); got != value || !ok {
			t.Fatalf("%q came back as %q, %v", value, got, ok)
		}
	})
}

func BenchmarkHeader(b *testing.B) {
	m := &Mail{Message: []byte(strings.Repeat("Received: by x\r\n\twith QMQP\r\n", 10) + "Subject: hello\r\n\r\nbody")}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := m.Header("Subject"); !ok {
			b.Fatal("not found")
		}
	}
}
