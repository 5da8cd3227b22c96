package submit

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var testIdentity = Identity{User: "joe", Domain: "host.example"}

// result is what a run of the command left behind.
type result struct {
	status         int
	stdout, stderr string
}

// run runs the command with input from a pipe.
func run(t *testing.T, address, input string, args ...string) result {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		w.WriteString(input)
		w.Close()
	}()
	return runFile(t, address, r, args...)
}

func runFile(t *testing.T, address string, stdin *os.File, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	c := Command{
		Name: "sendmail", Args: args, Address: address, Identity: testIdentity,
		Stdin: stdin, Stdout: &stdout, Stderr: &stderr,
	}
	status := c.Run(t.Context())
	return result{status, stdout.String(), stderr.String()}
}

func TestAccepted(t *testing.T) {
	s := serve(t, "3:Kok,")
	const text = "Subject: x\n\n..\n.\r not alone\nbare LF and \r\n CRLF\n"
	if got := run(t, s.address, text, "-f", "a@example.com", "b@example.org", "root"); got != (result{}) {
		t.Fatalf("got %+v", got)
	}
	r := <-s.requests
	if string(r.Message) != text || r.Sender != "a@example.com" {
		t.Errorf("message %q from %q", r.Message, r.Sender)
	}
	if want := []string{"b@example.org", "root@host.example"}; !slices.Equal(r.Recipients, want) {
		t.Errorf("recipients %q, want %q", r.Recipients, want)
	}
}

func TestAnswers(t *testing.T) {
	tests := []struct {
		raw    string
		args   []string
		status int
		stderr string
	}{
		{"3:Kok,", []string{"-v"}, ExitOK, "sendmail: accepted: ok\n"},
		{"9:Znot now\x1b,", nil, ExitTempFail, "sendmail: deferred: not now?\n"},
		{"6:Dnever,", nil, ExitUnavailable, "sendmail: rejected: never\n"},
		{"", nil, ExitTempFail, "the server closed the connection without an answer\n"},
		{"6:Dne", nil, ExitTempFail, "the server closed the connection without an answer\n"},
		{"hello", nil, ExitTempFail, "malformed response"},
		{"3:Xok,", nil, ExitTempFail, "malformed response"},
	}
	for _, test := range tests {
		s := serve(t, test.raw)
		got := run(t, s.address, "hi\n", append(test.args, "b@example.org")...)
		if got.status != test.status || !strings.HasSuffix(got.stderr, test.stderr) && !strings.Contains(got.stderr, test.stderr) {
			t.Errorf("answer %q: got %+v, want status %d and %q", test.raw, got, test.status, test.stderr)
		}
		<-s.requests
	}
}

func TestDefaultSender(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{nil, "joe@host.example"},
		{[]string{"-f", ""}, ""},
		{[]string{"-f<>"}, ""},
		{[]string{"-fann"}, "ann@host.example"},
		{[]string{"-r", "Ann <ann@example.com>"}, "ann@example.com"},
		{[]string{"-f", "#@[]"}, "#@[]"},
		{[]string{"-F", "Full Name", "-f", `"odd name"@example.com`}, `"odd name"@example.com`},
	}
	for _, test := range tests {
		s := serve(t, "1:K,")
		got := run(t, s.address, "hi\n", append(test.args, "b@example.org")...)
		if got.status != ExitOK {
			t.Errorf("%q: %+v", test.args, got)
			continue
		}
		if r := <-s.requests; r.Sender != test.want {
			t.Errorf("%q: sender %q, want %q", test.args, r.Sender, test.want)
		}
	}
}

func TestFromHeader(t *testing.T) {
	s := serve(t, "1:K,")
	text := "To: b@example.org, root\nBcc: secret@example.net,\n more@example.net\nSubject: x\n\nBcc: stays\n"
	if got := run(t, s.address, text, "-ti", "cmd@example.org", "b@example.org"); got != (result{}) {
		t.Fatalf("got %+v", got)
	}
	r := <-s.requests
	want := []string{"cmd@example.org", "b@example.org", "root@host.example", "secret@example.net", "more@example.net"}
	if !slices.Equal(r.Recipients, want) {
		t.Errorf("recipients %q, want %q", r.Recipients, want)
	}
	if want := "To: b@example.org, root\nSubject: x\n\nBcc: stays\n"; string(r.Message) != want {
		t.Errorf("message %q, want %q", r.Message, want)
	}
}

func TestBadCommandLines(t *testing.T) {
	tests := []struct {
		args   []string
		input  string
		status int
		want   string
	}{
		{nil, "", ExitUsage, "no recipients"},
		{[]string{"-bs"}, "", ExitUsage, "-bs (SMTP on standard input) is not supported"},
		{[]string{"-q30m"}, "", ExitUsage, "there is no queue here"},
		{[]string{"-f", "no address@"}, "", ExitUsage, "option -f: \"no address@\""},
		{[]string{"-f", "a@x.example, b@x.example", "c"}, "", ExitUsage, "is no email address"},
		{[]string{"<unclosed"}, "", ExitUsage, "a '<' without '>'"},
		{[]string{"a b@example.org"}, "", ExitUsage, "Malformed email address"},
		{[]string{"-t"}, "Subject: x\n\nTo: b@example.org\n", ExitData, "no recipients: the header"},
		{[]string{"-t"}, "To: (b@example.org\n\n", ExitData, "field to: a '(' without ')'"},
		{[]string{"-t"}, "To: b@exa mple.org\n\n", ExitData, "the header: Malformed"},
		{[]string{"-t"}, "To: b@example.org\nX: " + strings.Repeat("x", maxHeader), ExitData, "more than 1048576 bytes"},
	}
	for _, test := range tests {
		got := run(t, t.TempDir()+"/socket", test.input, test.args...)
		if got.status != test.status || !strings.Contains(got.stderr, test.want) {
			t.Errorf("%q: got %+v, want status %d and %q", test.args, got, test.status, test.want)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"-h"}, {"-t", "--help", "--nonsense"}} {
		if got := run(t, "", "", args...); got != (result{ExitOK, Help, ""}) {
			t.Errorf("%q: got %+v", args, got)
		}
	}
	for _, letter := range sendmailOptions {
		if letter != ':' && !strings.Contains(Help, "-"+string(letter)) && !strings.ContainsRune("bq", letter) {
			t.Errorf("the help does not mention -%c", letter)
		}
	}
	if !strings.Contains(Help, DefaultAddress) || !strings.Contains(Help, EnvAddress) {
		t.Error("the help does not tell the default address")
	}
}

func TestNobodyListens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none")
	got := run(t, path, "hi\n", "b@example.org")
	if got.status != ExitTempFail || !strings.Contains(got.stderr, "connect "+path+": no such file or directory") {
		t.Errorf("got %+v", got)
	}
	if got := run(t, "", "hi\n", "--to", "bad:addr:ess", "b"); got.status != ExitTempFail || !strings.Contains(got.stderr, "bad:addr:ess") {
		t.Errorf("got %+v", got)
	}
}

func TestToHasPrecedence(t *testing.T) {
	s := serve(t, "1:K,")
	for _, args := range [][]string{{"--to", s.address, "b"}, {"--to=" + s.address, "--timeout=1h", "b"}} {
		if got := run(t, "/nonexistent", "hi\n", args...); got != (result{}) {
			t.Errorf("%q: got %+v", args, got)
		}
		<-s.requests
	}
}

func TestRelativePath(t *testing.T) {
	s := serve(t, "1:K,")
	t.Chdir(filepath.Dir(s.address))
	if got := run(t, "./"+filepath.Base(s.address), "hi\n", "b"); got != (result{}) {
		t.Errorf("got %+v", got)
	}
	<-s.requests
}

func TestServerAnswersBeforeTheEnd(t *testing.T) {
	address := listen(t, func(conn net.Conn) {
		var first [1]byte
		conn.Read(first[:])
		conn.Write([]byte("18:Dmessage too large,"))
	})
	got := run(t, address, strings.Repeat("too much\n", 1<<17), "b@example.org")
	if want := (result{ExitUnavailable, "", "sendmail: rejected: message too large\n"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestServerGoesAwayWhileSending(t *testing.T) {
	address := listen(t, func(conn net.Conn) {
		var first [1]byte
		conn.Read(first[:])
	})
	got := run(t, address, strings.Repeat("too much\n", 1<<17), "b@example.org")
	if got.status != ExitTempFail || !strings.Contains(got.stderr, "the connection broke before the mail was sent") {
		t.Errorf("got %+v", got)
	}
}

func TestServerIsSilent(t *testing.T) {
	release := make(chan struct{})
	address := listen(t, func(conn net.Conn) {
		readRequest(conn)
		<-release
	})
	defer close(release)
	got := run(t, address, "hi\n", "--timeout", "20ms", "b@example.org")
	if got.status != ExitTempFail || !strings.Contains(got.stderr, "did not answer in time") {
		t.Errorf("got %+v", got)
	}
}
