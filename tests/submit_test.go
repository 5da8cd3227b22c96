package tests

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"qrelay/tests/harness"
)

// relay runs a daemon that relays to a sink with a Maildir, and returns the
// daemon's socket and the Maildir.
func relay(t *testing.T) (socket, maildir string) {
	t.Helper()
	dir := t.TempDir()
	socket, maildir = filepath.Join(dir, "mail.sock"), filepath.Join(dir, "Mails")
	next := filepath.Join(dir, "next.sock")
	startSink(t, next, "--maildir", maildir)
	config := filepath.Join(dir, "config.lua")
	script := fmt.Sprintf(`
		qmqp_listen(%q, function(m)
			m:insert_header('X-First', 'one')
			m:insert_header('X-Recipients', table.concat(m.recipients, ' '))
			return m:connect(%q)
		end)`, socket, next)
	if err := os.WriteFile(config, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	harness.StartDaemon(t, nil, "serve", "--config", config)
	return socket, maildir
}

// startSink runs "qrelay sink" until the end of the test, when it is
// interrupted and must exit with 0.
func startSink(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command(harness.Program("qrelay"), append([]string{"sink"}, args...)...)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Its first output says that it listens.
	if _, err := io.ReadAtLeast(stdout, make([]byte, 4096), 1); err != nil {
		t.Errorf("the sink: %v", err)
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		io.Copy(io.Discard, stdout)
	}()
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		<-drained
		if err := cmd.Wait(); err != nil {
			t.Errorf("the sink: %v", err)
		}
	})
}

// submit runs a program with a file as standard input and returns its process
// number.
func submit(t *testing.T, stdin io.Reader, program string, args ...string) int {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Stdin = stdin
	output, err := cmd.CombinedOutput()
	if err != nil || len(output) > 0 {
		t.Fatalf("%s %q: %v: %s", program, args, err, output)
	}
	return cmd.Process.Pid
}

func onlyMail(t *testing.T, maildir string) []byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(maildir, "new", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("mails in the Maildir: %q, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// From "qrelay submit" to a Maildir every byte stays what it was; only the
// inserted lines come before.
func TestEveryByteArrives(t *testing.T) {
	original, err := os.ReadFile("testdata/report.eml")
	if err != nil {
		t.Fatal(err)
	}
	checkParts(t, original)
	large := append(bytes.Clone(original), bytes.Repeat([]byte("0123456789abcde\n"), 500_000)...)
	pipe := func(text []byte) io.Reader { return struct{ io.Reader }{bytes.NewReader(text)} }
	file, err := os.Open("testdata/report.eml")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	tests := []struct {
		name  string
		stdin io.Reader
		want  []byte
	}{
		{"file", file, original},
		{"pipe", pipe(original), original},
		{"large pipe", pipe(large), large},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			socket, maildir := relay(t)
			pid := submit(t, test.stdin, harness.Program("qrelay"), "submit", "--to", socket, "-i", "-f", "alice@example.com", "bob@example.org", "carol@example.org")
			kept := onlyMail(t, maildir)
			want := fmt.Sprintf("X-Recipients: bob@example.org carol@example.org\r\nX-First: one\r\nReceived: from PID=%d UID=%d with QMQP\r\n", pid, os.Getuid())
			added, ok := bytes.CutSuffix(kept, test.want)
			if !ok || string(added) != want {
				t.Errorf("what was inserted is %.300q, want %q", added, want)
			}
		})
	}
}

// checkParts makes sure that the sample is what it should be: three parts, one
// of them an attachment.
func checkParts(t *testing.T, text []byte) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts, attachments := 0, 0
	for r := multipart.NewReader(m.Body, params["boundary"]); ; parts++ {
		part, err := r.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if part.FileName() != "" {
			attachments++
		}
	}
	if parts != 3 || attachments != 1 {
		t.Errorf("the sample has %d parts and %d attachments", parts, attachments)
	}
}

// In containers the program is called sendmail and finds its socket by the
// environment.
func TestSendmail(t *testing.T) {
	socket, maildir := relay(t)
	sendmail := filepath.Join(t.TempDir(), "sendmail")
	if err := os.Symlink(harness.Program("qrelay"), sendmail); err != nil {
		t.Fatal(err)
	}
	t.Setenv("QRELAY_ADDRESS", socket)
	const text = "To: Bob <bob@example.org>\nBcc: carol@example.org\nSubject: x\n\nhi\n.\nnot this\n"
	submit(t, strings.NewReader(text), sendmail, "-t", "-oem", "-fwww@example.com")
	kept := string(onlyMail(t, maildir))
	if !strings.HasPrefix(kept, "X-Recipients: bob@example.org carol@example.org\r\n") || !strings.HasSuffix(kept, "\r\nTo: Bob <bob@example.org>\nSubject: x\n\nhi\n") {
		t.Errorf("kept %q", kept)
	}
}
