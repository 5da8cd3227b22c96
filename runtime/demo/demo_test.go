package demo

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"qrelay/runtime/daemon"
)

// The test binary is also the daemon that the demo starts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		os.Exit(serve(os.Args[2:]))
	}
	os.Exit(m.Run())
}

func serve(args []string) int {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	config := flags.String("config", "", "")
	flags.String("log-level", "", "")
	flags.Parse(args)
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if err := daemon.Serve(context.Background(), daemon.Options{Config: *config, Grace: time.Second, Logger: logger}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// tempDir keeps paths short enough for sockets, and is checked to be empty.
func tempDir(t *testing.T) {
	t.Helper()
	dir, err := os.MkdirTemp("", "d")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	t.Setenv("GORACE", "atexit_sleep_ms=0") // the race detector lets daemons wait a second at their end
	t.Cleanup(func() {
		left, err := os.ReadDir(dir)
		if err != nil || len(left) != 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
		os.RemoveAll(dir)
	})
}

func self(t *testing.T) []string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{path, "serve"}
}

func TestDemo(t *testing.T) {
	tempDir(t)
	var out bytes.Buffer
	if err := Run(t.Context(), Options{Out: &out, Daemon: self(t)}); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	text := out.String()
	for _, want := range []string{
		"| qmqp_listen('", "$ qrelay sink ./next.sock", "$ qrelay serve --config", "accepted: stored as",
		"| X-Submitted-By: uid ", "| Received: from PID=", "rejected: no mail for eve@spam.example", "exit status is 69",
		"accepted: discarded", "7. SIGTERM ends the daemon", "All went as told.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q", want)
		}
	}
	for line := range strings.Lines(text) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > width && !strings.Contains(line, "/") {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if strings.Contains(text, "\x1b") {
		t.Error("the text has control sequences")
	}
}

func TestDemoInColour(t *testing.T) {
	tempDir(t)
	var coloured bytes.Buffer
	if err := Run(t.Context(), Options{Out: &coloured, Color: true, Daemon: self(t)}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(coloured.String(), green+"   | X-Submitted-By: ") {
		t.Error("the inserted header is not green")
	}
	if left := regexp.MustCompile("\x1b\\[(0|1|32)m").ReplaceAllString(coloured.String(), ""); strings.Contains(left, "\x1b") {
		t.Errorf("other control sequences: %q", left)
	}
}

func TestDaemonDoesNotStart(t *testing.T) {
	missing := t.TempDir() + "/qrelay"
	tests := []struct {
		command []string
		want    string
	}{
		{[]string{missing}, "start the daemon: fork/exec " + missing + ": no such file"},
		{[]string{"/bin/sh", "-c", "echo no luck >&2; exit 3"}, "the daemon has ended:\nno luck\nthe daemon: exit status 3"},
	}
	for _, test := range tests {
		tempDir(t)
		err := Run(t.Context(), Options{Out: new(bytes.Buffer), Daemon: test.command})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: error %v, want %q", test.command, err, test.want)
		}
	}
}

// A daemon that does something else than the policy says is found out.
func TestDemoChecksWhatItTells(t *testing.T) {
	tests := []struct{ sed, want string }{
		{`s/m:reject([^)]*)/m:discard()/`, "exit status 0 instead of 69"},
		{`s/m:discard()/m:connect(next_hop)/`, `no line with ["action=discard"`},
		{`s/'X-Submitted-By'/'X-Other'/`, `"X-Other: uid`},
		{`s/return m:connect.*/error('x')/`, "exit status 75 instead of 0"},
	}
	for _, test := range tests {
		tempDir(t)
		script := fmt.Sprintf(`sed -i %s config.lua; exec %s`, quote(test.sed), strings.Join(self(t), " ")+` "$@"`)
		err := run(t, "/bin/sh", "-c", script, "sh")
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.sed, err, test.want)
		}
	}
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func run(t *testing.T, command ...string) error {
	d := &demo{story: story{w: new(bytes.Buffer)}}
	d.logTimeout = 100 * time.Millisecond
	return d.run(t.Context(), command)
}

func TestDemoIsInterrupted(t *testing.T) {
	tempDir(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupted := errors.New("interrupted")
	out := writerFunc(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte("4. Alice")) {
			cancel(interrupted)
		}
		return len(p), nil
	})
	if err := Run(ctx, Options{Out: out, Daemon: self(t)}); !errors.Is(err, interrupted) {
		t.Errorf("error %v", err)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
