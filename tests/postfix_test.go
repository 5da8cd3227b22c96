package tests

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"qrelay/runtime/await"
	"qrelay/tests/harness"
)

// tool finds one of Postfix's test programs, which are not in every PATH.
func tool(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range []string{"/usr/sbin", "/usr/lib/postfix/sbin", "/usr/lib/postfix", "/usr/bin"} {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Fatalf("%s not found: install the Debian package postfix, which need not be configured", name)
	return ""
}

// startQmqpSink runs Postfix's next hop until the end of the test.
func startQmqpSink(t *testing.T, socket string) {
	t.Helper()
	cmd := exec.Command(tool(t, "qmqp-sink"), "-x", "600", "unix:"+socket, "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	await.Until(t, "qmqp-sink listens", func() bool {
		_, err := os.Stat(socket)
		return err == nil
	})
}

// Postfix's load generator and next hop are an implementation of QMQP that has
// nothing in common with this one.
func TestPostfix(t *testing.T) {
	dir := t.TempDir()
	socket, next := filepath.Join(dir, "mail.sock"), filepath.Join(dir, "next.sock")
	startQmqpSink(t, next)
	config := filepath.Join(dir, "config.lua")
	script := fmt.Sprintf(`
		qmqp_listen(%q, function(m)
			m:insert_header('X-Number', m.sender)
			return m:connect(%q)
		end)`, socket, next)
	if err := os.WriteFile(config, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	daemon := harness.StartDaemon(t, nil, "--config", config, "--log-level", "debug")

	const mails = 5000
	output, err := exec.Command(tool(t, "qmqp-source"), "-m", fmt.Sprint(mails), "-s", "64", "-M", "example.com", "-l", "2000", "unix:"+socket).CombinedOutput()
	if err != nil || len(output) > 0 {
		t.Fatalf("qmqp-source: %v: %s", err, output)
	}
	log := daemon.Output()
	if got := strings.Count(log, "reply=KOk"); got != mails {
		t.Errorf("%d mails were accepted, want %d", got, mails)
	}
	for _, bad := range []string{"level=WARN", "level=ERROR"} {
		if at := strings.Index(log, bad); at >= 0 {
			line, _, _ := strings.Cut(log[at:], "\n")
			t.Errorf("the daemon complained: %s", line)
		}
	}
}
