package sink

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"qrelay/runtime/qmqp"
)

func openMbox(t *testing.T, trace bool) *Mbox {
	t.Helper()
	m, err := OpenMbox(filepath.Join(t.TempDir(), "mbox"), trace)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMbox(t *testing.T) {
	m := openMbox(t, false)
	mails := []qmqp.Request{
		{Message: []byte("Subject: x\n\nFrom here\n>>From there\n >From\nFrom: x\n"), Sender: "a@b"},
		{Message: []byte("Subject: y\r\n\r\nFrom CRLF\r\nno end"), Sender: ""},
		{Message: nil, Sender: `"a b"@c`},
	}
	for _, mail := range mails {
		if text, err := m.Store(t.Context(), mail); err != nil || text != "stored in "+m.path {
			t.Fatalf("%q, %v", text, err)
		}
	}
	got, err := os.ReadFile(m.path)
	if err != nil {
		t.Fatal(err)
	}
	date := regexp.MustCompile(`(?m)^(From \S+) \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}$`)
	want := "From a@b DATE\nSubject: x\n\n>From here\n>>>From there\n >From\nFrom: x\n\n" +
		"From MAILER-DAEMON DATE\nSubject: y\r\n\r\n>From CRLF\r\nno end\n\n" +
		"From \"a-b\"@c DATE\n\n"
	if plain := date.ReplaceAllString(string(got), "$1 DATE"); plain != want {
		t.Errorf("got %q\nwant %q", plain, want)
	}
}

func TestMboxTrace(t *testing.T) {
	m := openMbox(t, true)
	if _, err := m.Store(t.Context(), qmqp.Request{Message: []byte("\nx\n"), Sender: "a@b", Recipients: []string{"c"}}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(m.path)
	if _, rest, _ := bytes.Cut(got, []byte("\n")); err != nil || string(rest) != "Return-Path: <a@b>\nDelivered-To: c\n\nx\n\n" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestMboxIsLocked(t *testing.T) {
	m := openMbox(t, false)
	reader, err := os.OpenFile(m.path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := unix.FcntlFlock(reader.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK}); err != nil {
		t.Fatal(err)
	}
	m.lockTimeout = time.Millisecond
	if _, err := m.Store(t.Context(), qmqp.Request{}); err == nil || !strings.Contains(err.Error(), "locked by another program") {
		t.Fatalf("error %v", err)
	}

	m.lockTimeout = time.Minute
	stored := make(chan error, 1)
	go func() {
		_, err := m.Store(t.Context(), qmqp.Request{})
		stored <- err
	}()
	select {
	case err := <-stored:
		t.Fatalf("did not wait for the lock: %v", err)
	default:
	}
	if err := unix.FcntlFlock(reader.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_UNLCK}); err != nil {
		t.Fatal(err)
	}
	if err := <-stored; err != nil {
		t.Error(err)
	}
}

func TestMboxIsCutBackOnFailure(t *testing.T) {
	m := openMbox(t, false)
	if _, err := m.Store(t.Context(), qmqp.Request{Message: []byte("first\n")}); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(m.path)
	if err != nil {
		t.Fatal(err)
	}
	limitFileSize(t, uint64(len(before)+100_000))
	if _, err := m.Store(t.Context(), qmqp.Request{Message: bytes.Repeat([]byte("x\n"), 100_000)}); err == nil {
		t.Error("there was room for everything")
	}
	if after, err := os.ReadFile(m.path); !bytes.Equal(after, before) {
		t.Errorf("%d bytes before, %d afterwards (%v)", len(before), len(after), err)
	}
}

// limitFileSize makes writes beyond size fail, as on a full disk.
func limitFileSize(t *testing.T, size uint64) {
	t.Helper()
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: size, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
			t.Error(err)
		}
	})
}

func TestOpenMboxError(t *testing.T) {
	if _, err := OpenMbox(t.TempDir(), false); err == nil || !strings.HasPrefix(err.Error(), "mbox: ") {
		t.Errorf("error %v", err)
	}
}

// unquote undoes writeQuoted.
func unquote(text []byte) []byte {
	var out []byte
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(line, []byte(">")) && bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) {
			line = line[1:]
		}
		out = append(out, line...)
	}
	return out
}

func FuzzMboxQuoting(f *testing.F) {
	f.Add([]byte("From x\n>From y\n>>From"))
	f.Add([]byte("\r\nFrom \r\n"))
	f.Fuzz(func(t *testing.T, message []byte) {
		var b bytes.Buffer
		w := bufio.NewWriter(&b)
		writeQuoted(w, message)
		w.Flush()
		for line := range bytes.Lines(b.Bytes()) {
			if bytes.HasPrefix(line, []byte("From ")) {
				t.Fatalf("%q has a line that begins a mail", b.Bytes())
			}
		}
		want := message
		if len(message) > 0 && message[len(message)-1] != '\n' {
			want = append(bytes.Clone(message), '\n')
		}
		if got := unquote(b.Bytes()); !bytes.Equal(got, want) {
			t.Fatalf("%q came back as %q", message, got)
		}
	})
}
