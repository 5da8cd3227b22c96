package main

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"qrelay/runtime/await"
	"qrelay/runtime/submit"
)

type result struct {
	status         int
	stdout, stderr string
}

// run executes a command line with a file as standard input.
func run(t *testing.T, input string, args ...string) result {
	t.Helper()
	return runEnv(t, input, nil, args...)
}

func runEnv(t *testing.T, input string, env map[string]string, args ...string) result {
	t.Helper()
	t.Chdir(t.TempDir()) // and back: a check stays in the configuration's folder
	path := filepath.Join(t.TempDir(), "stdin")
	if err := os.WriteFile(path, []byte(input), 0o600); err != nil {
		t.Fatal(err)
	}
	stdin, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	var stdout, stderr bytes.Buffer
	p := program{stdin: stdin, stdout: &stdout, stderr: &stderr, getenv: func(name string) string { return env[name] }}
	status := p.run(t.Context(), args)
	return result{status, stdout.String(), stderr.String()}
}

func config(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.lua")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Dir(path)) // Check changes it
	return path
}

func TestMisuse(t *testing.T) {
	tests := []struct{ args, stderr string }{
		{"--no-such-option", "qrelay: unknown flag: --no-such-option\nUsage: qrelay [--config PATH]"},
		{"surve", "unknown command \"surve\""},
		{"serve extra", "\"extra\": qrelay serve takes no arguments, only flags"},
		{"serve --grace 5", "qrelay: --grace: \"5\" is no duration: it is written 500ms, 10s, 5m or 1h30m\n"},
		{"serve --max-inflight 1TB", `"1TB" is no size: it is a number of bytes`},
		{"bench --clients 1.5", "--clients: \"1.5\" is no whole number\n"},
		{"bench --count x", "--count: \"x\" is no whole number\n"},
		{"bench --clients 99999999999999999999", "--clients: \"99999999999999999999\" is out of range\n"},
		{"bench --rate fast", "--rate: \"fast\" is no number\n"},
		{"bench --json=maybe", "--json: \"maybe\" is neither true nor false\n"},
		{"--log-format xml", `"xml" is no log format: text or json`},
		{"--log-level loud", `"loud" is no log level: debug, info, warn or error`},
		{"sink", "one ADDRESS to listen on is needed, got 0\nUsage: qrelay sink ADDRESS"},
		{"sink a b", "one ADDRESS to listen on is needed, got 2"},
		{"sink a --defer lots", `"lots" is no share`},
		{"sink a --maildir x --mbox y", "qrelay: --maildir and --mbox: only one place for mails is possible\n"},
		{"sink a --mbox y --discard", "--mbox and --discard: only one"},
	}
	for _, test := range tests {
		got := run(t, "", strings.Fields(test.args)...)
		if got.status != 1 || got.stdout != "" || !strings.Contains(got.stderr, test.stderr) || !strings.Contains(got.stderr, "\nUsage: qrelay") {
			t.Errorf("%s: got %+v, want status 1 and %q", test.args, got, test.stderr)
		}
	}
}

func TestFailures(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		args   []string
		stderr string
	}{
		{[]string{"--config", dir + "/none.lua"}, "none.lua: no such file or directory\n"},
		{[]string{"serve", "--grace", "-5s"}, "--grace -5s: must not be negative\n"},
		{[]string{"serve", "--max-programs", "0"}, "--max-programs 0: at least 1 is needed\n"},
		{[]string{"sink", dir + "/none/sock"}, "/none/sock: bind: no such file or directory\n"},
		{[]string{"sink", dir + "/sock", "--defer", "60%", "--drop", "50%"}, "more than 100% together\n"},
		{[]string{"sink", dir + "/sock", "--mbox", dir}, "is a directory\n"},
	}
	for _, test := range tests {
		got := run(t, "", test.args...)
		if got.status != 1 || !strings.HasPrefix(got.stderr, "qrelay: ") || !strings.HasSuffix(got.stderr, test.stderr) {
			t.Errorf("%s: got %+v, want status 1 and %q", test.args, got, test.stderr)
		}
	}
}

func TestHelpTeaches(t *testing.T) {
	var walk func(cmd *cobra.Command, path []string)
	walk = func(cmd *cobra.Command, path []string) {
		got := run(t, "", append(slices.Clone(path), "--help")...)
		if got.status != 0 || !strings.Contains(got.stdout, "Usage:") {
			t.Errorf("%q --help: %+v", path, got)
		}
		if cmd.Name() != "demo" && !strings.Contains(got.stdout, "Examples:") {
			t.Errorf("%q --help has no examples", path)
		}
		for line := range strings.Lines(cmd.Long + "\n" + cmd.Example) {
			if len(line) > 81 {
				t.Errorf("%q --help has a line of %d columns: %s", path, len(line)-1, line)
			}
		}
		for _, sub := range cmd.Commands() {
			walk(sub, append(slices.Clone(path), sub.Name()))
		}
	}
	walk((&program{}).newRoot(), nil)
}

func TestVersion(t *testing.T) {
	if got := run(t, "", "--version"); got.status != 0 || !regexp.MustCompile(`^qrelay version \S+\n$`).MatchString(got.stdout) {
		t.Errorf("got %+v", got)
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if got := run(t, "", "completion", shell); got.status != 0 || !strings.Contains(got.stdout, "qrelay") {
			t.Errorf("%s: status %d, %d bytes", shell, got.status, len(got.stdout))
		}
	}
	if got := run(t, "", "__complete", "serve", "--log-format", ""); !strings.HasPrefix(got.stdout, "text\njson\n") {
		t.Errorf("log formats: %+v", got)
	}
}

func TestCheck(t *testing.T) {
	path := config(t, "qmqp_listen('/run/nowhere/sock', function(m) return m:discard() end)")
	want := "listener /run/nowhere/sock\n" + path + ": ok\n"
	if got := run(t, "", "check", "--config", path); got.status != 0 || got.stdout != want {
		t.Errorf("got %+v, want %q", got, want)
	}
	path = config(t, "x = 1")
	if got := run(t, "", "check", "--config", path); got.status != 1 || got.stderr != "qrelay: No QMQP listeners configured\n" {
		t.Errorf("got %+v", got)
	}
	path = config(t, "local function f() error('bad') end\n\nf()")
	got := run(t, "", "check", "--config", path)
	if got.status != 1 || !strings.HasPrefix(got.stderr, "qrelay: "+path+":1: bad\n") || !strings.Contains(got.stderr, "config.lua:3: in main chunk") {
		t.Errorf("got %+v", got)
	}
}

func TestSubmitHasItsOwnOptions(t *testing.T) {
	got := run(t, "", "submit", "-bs")
	if got.status != submit.ExitUsage || !strings.HasPrefix(got.stderr, "qrelay submit: option -bs") {
		t.Errorf("got %+v", got)
	}
	if got := run(t, "", "submit", "--help"); got.status != 0 || got.stdout != submit.Help {
		t.Errorf("got %+v", got)
	}
	got = runEnv(t, "hi", map[string]string{submit.EnvAddress: "/nonexistent/socket"}, "submit", "b@example.org")
	if got.status != submit.ExitTempFail || !strings.Contains(got.stderr, "connect /nonexistent/socket: ") {
		t.Errorf("got %+v", got)
	}
}

func TestSinkAndSubmit(t *testing.T) {
	dir := t.TempDir()
	sock := filepath.Join(dir, "sock")
	ended := make(chan result, 1)
	go func() {
		ended <- run(t, "", "sink", sock, "--maildir", filepath.Join(dir, "Mails"), "--envelope", "--count", "1")
	}()
	eventually(t, "the sink listens", func() bool {
		conn, err := net.Dial("unix", sock)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	if got := run(t, "Subject: x\n\nhi\n", "submit", "--to", sock, "-fa@example.com", "b@example.org"); got.status != 0 {
		t.Errorf("submit: %+v", got)
	}
	got := <-ended
	if got.status != 0 || !strings.Contains(got.stdout, "\n1 from=<a@example.com> to=<b@example.org> size=15 ") {
		t.Errorf("sink: %+v", got)
	}
	files, err := filepath.Glob(filepath.Join(dir, "Mails/new/*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("kept %v, %v", files, err)
	}
	kept, err := os.ReadFile(files[0])
	if want := "Return-Path: <a@example.com>\nDelivered-To: b@example.org\nSubject: x\n\nhi\n"; string(kept) != want {
		t.Errorf("kept %q, %v", kept, err)
	}
}

// eventually waits until something is true.
var eventually = await.Until

func TestLogger(t *testing.T) {
	var out bytes.Buffer
	flags := logFlags{format: "text"}
	flags.logger(&out, "").Info("hello", "n", 1)
	if !regexp.MustCompile(`^time=\S+ level=INFO msg=hello n=1\n$`).MatchString(out.String()) {
		t.Errorf("text: %q", out.String())
	}
	out.Reset()
	flags.logger(&out, "8:123").Info("hello")
	if out.String() != "level=INFO msg=hello\n" {
		t.Errorf("for the journal: %q", out.String())
	}
	out.Reset()
	if err := flags.level.Set("warn"); err != nil {
		t.Fatal(err)
	}
	flags.format = "json"
	log := flags.logger(&out, "")
	log.Info("hello")
	log.Warn("watch\x1bout")
	var line struct{ Level, Msg string }
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || line.Level != "WARN" || line.Msg != "watch\x1bout" {
		t.Errorf("json: %q, %v", out.String(), err)
	}
}

func TestByteSize(t *testing.T) {
	tests := []struct {
		in   string
		want int64
		text string
	}{
		{"1", 1, "1"}, {"1024", 1024, "1KiB"}, {"1KiB", 1024, "1KiB"}, {"256MiB", 256 << 20, "256MiB"},
		{"1GiB", 1 << 30, "1GiB"}, {"1025KiB", 1025 << 10, "1025KiB"}, {"4096GiB", 4096 << 30, "4096GiB"},
	}
	for _, test := range tests {
		var s byteSize
		if err := s.Set(test.in); err != nil || int64(s) != test.want || s.String() != test.text {
			t.Errorf("%q: got %d (%s), %v", test.in, int64(s), s.String(), err)
		}
	}
	for _, bad := range []string{"", "0", "-1", "1.5GiB", "GiB", "1G", "1 MiB", "99999999999GiB", "9223372036854775807"} {
		var s byteSize
		if err := s.Set(bad); err == nil {
			t.Errorf("%q: got %d", bad, int64(s))
		}
	}
}

func FuzzByteSize(f *testing.F) {
	f.Add("256MiB")
	f.Add("4294967296GiB")
	f.Fuzz(func(t *testing.T, in string) {
		var s, again byteSize
		if s.Set(in) != nil {
			return
		}
		if err := again.Set(s.String()); err != nil || again != s || s <= 0 {
			t.Errorf("%q gave %d, and that %d (%v)", in, s, again, err)
		}
	})
}
