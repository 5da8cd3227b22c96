package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// check runs "qrelay check" over a configuration and a mail.
func check(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir) // and back: a check stays in the configuration's folder
	for name, text := range map[string]string{
		"config.lua": "qmqp_listen('/run/x', function(m) if m.uid == 7 then return m:reject() end return m:connect('192.168.1.99') end)",
		"mail.eml":   "From: a@b.example\nTo: c@d.example\n\nHello.\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs bytes.Buffer
	p := program{stdout: &out, stderr: &errs, getenv: func(string) string { return "" }}
	for i, arg := range args {
		if arg == "mail.eml" {
			args[i] = filepath.Join(dir, arg)
		}
	}
	status = p.run(t.Context(), append([]string{"check", "--config", filepath.Join(dir, "config.lua")}, args...))
	return out.String(), errs.String(), status
}

func TestCheckOfAMail(t *testing.T) {
	stdout, stderr, status := check(t, "--mail", "mail.eml", "--expect", "connect 192.168.1.99")
	if status != 0 || stderr != "" || !strings.HasPrefix(stdout, "action   connect 192.168.1.99:628\n") {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
	stdout, stderr, status = check(t, "--mail", "mail.eml", "--uid", "7", "--expect", "connect 192.168.1.99")
	if status != 1 || !strings.Contains(stderr, `unexpected action: got "reject", expected "connect 192.168.1.99"`) || !strings.HasPrefix(stdout, "action   reject\n") {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
}

func TestCheckOfAMailInJSON(t *testing.T) {
	stdout, _, status := check(t, "--mail", "mail.eml", "--json")
	var report struct {
		OK     bool
		Action struct{ Kind, Target string }
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatal(err)
	}
	if status != 0 || !report.OK || report.Action.Kind != "connect" || report.Action.Target != "192.168.1.99:628" {
		t.Errorf("status %d, %s", status, stdout)
	}
}

func TestCheckOfABadMailInJSON(t *testing.T) {
	stdout, stderr, status := check(t, "--mail", "nowhere.eml", "--json")
	var report struct {
		OK    bool
		Error string
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatal(err)
	}
	if status != 1 || report.OK || !strings.Contains(report.Error, "nowhere.eml: no such file") || !strings.Contains(stderr, report.Error) {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
}

func TestCheckOfNonsense(t *testing.T) {
	for want, args := range map[string][]string{
		"--expect is empty":                          {"--mail", "mail.eml", "--expect", ""},
		"--mail is empty":                            {"--mail="},
		"whole number from 0 to 4294967295 expected": {"--mail", "mail.eml", "--uid", "-1"},
	} {
		if stdout, stderr, status := check(t, args...); status != 1 || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("status %d, %s%s, want %q", status, stdout, stderr, want)
		}
	}
}

func TestCheckWithoutMail(t *testing.T) {
	stdout, stderr, status := check(t)
	if status != 0 || !strings.HasPrefix(stdout, "listener /run/x\n") {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
	for want, args := range map[string][]string{
		"--expect: about which mail? Name it with --mail":      {"--expect", "discard"},
		"--json, --uid: about which mail? Name it with --mail": {"--uid", "3", "--json"},
		"--from, --to: about which mail? Name it with --mail":  {"--to", "b@example.org", "-f", "<>"},
		"--listener: about which mail? Name it with --mail":    {"--listener", "/run/x"},
	} {
		if _, stderr, status := check(t, args...); status != 1 || !strings.Contains(stderr, want) {
			t.Errorf("%q: status %d, %s", args, status, stderr)
		}
	}
}
