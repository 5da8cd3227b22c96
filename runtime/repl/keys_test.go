package repl

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

// typed makes keys whose terminal is a pipe.
func typed(t *testing.T) (k *keys, terminal *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := newInput(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.close()
		r.Close()
		w.Close()
	})
	return &keys{in: in, idle: func() {}, suspend: func() {}, stopped: func() bool { return false }}, w
}

// readAll returns what the editor gets for keys that are typed at once.
func readAll(t *testing.T, typing string) string {
	t.Helper()
	k, terminal := typed(t)
	if _, err := terminal.WriteString(typing); err != nil {
		t.Fatal(err)
	}
	terminal.Close()
	got, err := io.ReadAll(k)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

func TestKeys(t *testing.T) {
	tests := []struct{ typing, want string }{
		{"abc\r", "abc\r"},
		{"ü", "ü"},
		{up + left, up + left},
		{"\x1bOA", "\x1bOA"},
		{"\x1b[1;5C\x1b[1;5D", "\x1bf\x1bb"},
		{altD + "\x1b\x7f", string(deleteWord) + string(deleteWordBack)},
		{"\x1bb", "\x1bb"},
		{"a" + ctrlC, "a\x07\x03"},
		{"\x1b\x1b", ""},
		{"x\x1b", "x"},
		{"\x1b[5~\x1b[3~", "\x1b[3~"},
		{"\x1b[200~a\tb\r\nc\nd\re\x01\x7f\x1b[201~\t", "a    b\rc\rd\re\t"},
		{"\x1b[200~a\x1b[Ab\x1b[201~", "ab"},
		{"\x1b[" + strings.Repeat("1", 40), "\x1b[" + strings.Repeat("1", 40)},
	}
	for _, test := range tests {
		if got := readAll(t, test.typing); got != test.want {
			t.Errorf("%q: %q, want %q", test.typing, got, test.want)
		}
	}
}

func TestEscapeKeyAloneDoesNotSwallowTheNext(t *testing.T) {
	k, terminal := typed(t)
	if _, err := terminal.WriteString("\x1b"); err != nil {
		t.Fatal(err)
	}
	waits := 0
	k.idle = func() {
		if waits++; waits == 2 { // the escape key was read, and stood for nothing
			if _, err := terminal.WriteString("b"); err != nil {
				t.Error(err)
			}
		}
	}
	buf := make([]byte, 8)
	n, err := k.Read(buf)
	if string(buf[:n]) != "b" || err != nil {
		t.Errorf("got %q, %v", buf[:n], err)
	}
}

func TestKeysAreWokenAndStopped(t *testing.T) {
	k, _ := typed(t)
	woken := make(chan struct{}, 100)
	k.idle = func() { woken <- struct{}{} }
	stopped := make(chan struct{})
	k.stopped = func() bool {
		select {
		case <-stopped:
			return true
		default:
			return false
		}
	}
	done := make(chan error)
	go func() {
		_, err := k.Read(make([]byte, 1))
		done <- err
	}()
	<-woken
	k.in.rouse()
	<-woken
	close(stopped)
	k.in.rouse()
	if err := <-done; !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
}

func FuzzKeys(f *testing.F) {
	for _, seed := range []string{"a", "\x1b[A", "\x1b[200~\x1b", "\x1bO", "\x1b[200~x\x1b[201~y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typing string) {
		if len(typing) > 1000 {
			return // a pipe's worth
		}
		got := readAll(t, typing)
		if !strings.ContainsAny(typing, "\x1b\x1a") && got != typing {
			t.Errorf("%q became %q", typing, got)
		}
		if len(got) > 4*len(typing) {
			t.Errorf("%q became longer: %q", typing, got)
		}
	})
}
