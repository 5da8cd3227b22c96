package harness

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

//go:embed policy.lua
var policyLua string

// Programs that stand for those that a policy runs. Each keeps what it gets on
// standard input and tells its arguments, the first of which is the program
// that the policy names.
const (
	execProgram    = "#!/bin/sh\nset -e\ncat >\"${0%/*}/exec.input\"\ntext=\"Kran $*\"\nprintf '%d:%s,' \"${#text}\" \"$text\"\n"
	execRawProgram = "#!/bin/sh\nset -e\ncat >\"${0%/*}/exec_raw.input\"\nprintf 'ran %s' \"$*\"\n"
)

// A Policy is a policy from a manual at work. Wherever its handlers connect to,
// the mails go to NextHop; its programs are replaced by ones that answer "Kran"
// and the command line.
type Policy struct {
	*Daemon
	NextHop *NextHop
	dir     string
}

// StartPolicy runs a policy in a daemon.
func StartPolicy(t testing.TB, text string, env ...string) *Policy {
	t.Helper()
	p := &Policy{NextHop: StartNextHop(t), dir: t.TempDir()}
	for name, content := range map[string]string{
		"config.lua": policyLua, "policy.lua": text, "exec": execProgram, "exec_raw": execRawProgram,
	} {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(content), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	env = append(env, "T_DIR="+p.dir, "T_NEXT_HOP="+p.NextHop.Address)
	p.Daemon = StartDaemon(t, env, "--config", filepath.Join(p.dir, "config.lua"), "--log-level", "debug")
	return p
}

// Address returns where the policy's n-th listener is, counting from 1.
func (p *Policy) Address(n int) string { return filepath.Join(p.dir, fmt.Sprintf("mail%d.sock", n)) }

// Input returns what the last program run with "exec" or "exec_raw" got.
func (p *Policy) Input(method string) (string, error) {
	text, err := os.ReadFile(filepath.Join(p.dir, method+".input"))
	return string(text), err
}
