package sink

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"qrelay/runtime/qmqp"
)

func readOnly(t *testing.T, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("%s has %d files (%v), want one", dir, len(files), err)
	}
	text, err := os.ReadFile(filepath.Join(dir, files[0].Name()))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestMaildir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	m, err := OpenMaildir(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	const message = "From x\nSubject: x\r\n\r\n.\nFrom here\nno end"
	text, err := m.Store(t.Context(), qmqp.Request{Message: []byte(message), Recipients: []string{"b"}})
	if err != nil {
		t.Fatal(err)
	}
	name, _ := strings.CutPrefix(text, "stored as ")
	if !regexp.MustCompile(`^\d+\.M\d{6}P\d+Q\d+\.[^/:]+$`).MatchString(name) {
		t.Errorf("the answer is %q", text)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "new", name)); string(got) != message {
		t.Errorf("stored %q, %v", got, err)
	}
	if left, err := os.ReadDir(filepath.Join(dir, "tmp")); len(left) != 0 {
		t.Errorf("left in tmp: %v, %v", left, err)
	}
}

func TestTraceFields(t *testing.T) {
	tests := []struct{ message, want string }{
		{"Subject: x\n\nhi\n", "Return-Path: <a@b>\nDelivered-To: c\nDelivered-To: d\nSubject: x\n\nhi\n"},
		{"Subject: x\r\n\r\nhi\n", "Return-Path: <a@b>\r\nDelivered-To: c\r\nDelivered-To: d\r\nSubject: x\r\n\r\nhi\n"},
		{"", "Return-Path: <a@b>\nDelivered-To: c\nDelivered-To: d\n"},
	}
	for _, test := range tests {
		dir := t.TempDir()
		m, err := OpenMaildir(dir, true)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Store(t.Context(), qmqp.Request{Message: []byte(test.message), Sender: "a@b", Recipients: []string{"c", "d"}}); err != nil {
			t.Fatal(err)
		}
		if got := readOnly(t, filepath.Join(dir, "new")); got != test.want {
			t.Errorf("%q: stored %q", test.message, got)
		}
	}
}

func TestMaildirLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	m, err := OpenMaildir(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "new")); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Store(t.Context(), qmqp.Request{Message: []byte("x")}); err == nil || !strings.HasPrefix(err.Error(), "maildir: ") {
		t.Errorf("error %v", err)
	}
	if left, err := os.ReadDir(filepath.Join(dir, "tmp")); len(left) != 0 || err != nil {
		t.Errorf("left in tmp: %v, %v", left, err)
	}
}

func TestOpenMaildirError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenMaildir(file, false); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("error %v", err)
	}
}
