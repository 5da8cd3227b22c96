package relay

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"qrelay/runtime/qmqp"
)

// programs starts a server that runs the shell script that a mail's message
// is, by the method that its sender names: exec or exec_raw. The script's $1
// is the bed's folder.
func programs(t testing.TB, set ...func(*plan)) *bed {
	t.Helper()
	return handle(t, `
		local script = m:header('Script')
		local options = {timeout = tonumber(m:header('Timeout'))}
		local method = m.sender:match('^[^@]*')
		return m[method](m, '/bin/sh', '-c', script, 'sh', '{dir}', options)`, set...)
}

// script returns a mail for programs. The program finds it on its standard
// input.
func script(method, text string, header ...string) string {
	return request(strings.Join(append(header, "Script: "+text), "\n")+"\n\nbody\n", method+"@example.com", "r@example.com")
}

// The exit status decides: 0 is K, some are D, all others Z.
func TestExitStatus(t *testing.T) {
	permanent := map[int]bool{64: true, 65: true, 67: true, 68: true, 72: true, 76: true, 77: true, 78: true}
	b := programs(t)
	for _, method := range []string{"exec_raw", "exec"} {
		for status := range 256 {
			letter := "Z"
			switch {
			case status == 0:
				letter = "K"
			case permanent[status]:
				letter = "D"
			}
			for said, want := range map[string]string{"": letter + "internal server error", "text": letter + "text"} {
				if status == 0 && said == "" {
					want = "K"
				}
				say := "printf '" + said + "'"
				if method == "exec" && status == 0 {
					say = "printf '%s' '" + netstring("K"+said) + "'"
				}
				if got := b.reply(script(method, fmt.Sprintf("%s; exit %d", say, status))); got != want {
					t.Errorf("%s, status %d, %q: got %q, want %q", method, status, said, got, want)
				}
			}
		}
	}
	b.logged("program failed", "program=/bin/sh", `status="exit status 77 (EX_NOPERM)"`, "output=text", "pid=")
}

// Death by a signal is a temporary failure, whatever the program has said.
func TestSignals(t *testing.T) {
	b := programs(t)
	for _, method := range []string{"exec_raw", "exec"} {
		for _, sig := range []unix.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGILL, unix.SIGABRT, unix.SIGKILL, unix.SIGUSR1, unix.SIGSEGV, unix.SIGPIPE, unix.SIGALRM, unix.SIGTERM} {
			for said, want := range map[string]string{"": "Zinternal server error", "text": "Ztext", "3:Kok,": "Z3:Kok,"} {
				if got := b.reply(script(method, fmt.Sprintf("ulimit -c 0; printf '%s'; kill -%d $$", said, int(sig)))); method == "exec" && said == "3:Kok," {
					if got != "Zinternal server error" {
						t.Errorf("%s, %v after K: got %q", method, sig, got)
					}
				} else if got != want {
					t.Errorf("%s, %v, %q: got %q", method, sig, said, got)
				}
			}
			b.logged("program failed", fmt.Sprintf("signal %d (%s)", int(sig), unix.SignalName(sig)))
		}
	}
}

// What exec makes of what a program says, to whom, and how it ends.
func TestExecResponses(t *testing.T) {
	long := strings.Repeat("x", 300)
	page := "K" + strings.Repeat("y", qmqp.MaxResponse-1)
	b := programs(t)
	for _, c := range []struct{ stdout, stderr, status, want string }{
		{"3:Kok,", "", "0", "Kok"},
		{"9:Ztry late,", "", "0", "Ztry late"},
		{"13:Dno such user,", "", "0", "Dno such user"},
		{"1:K,", "", "0", "K"},
		{"3:Kok,rubbish", "", "0", "Kok"},
		{"3:Kok,", "a warning", "0", "Kok"},
		{netstring(page), "", "0", page},
		{netstring(page + "y"), "", "0", "K" + strings.Repeat("y", qmqp.CutResponse-1)},
		{"", "", "0", "Zinternal server error"},
		{"", "a warning", "0", "Zinternal server error"},
		{"hello", "", "0", "Zmalformed relay response"},
		{"3:Kok", "", "0", "Zmalformed relay response"},
		{"3:Xok,", "", "0", "Zmalformed relay response"},
		{"0:,", "", "0", "Zmalformed relay response"},
		{"3:Kok,", "", "1", "Zinternal server error"},
		{"3:Kok,", "", "77", "Dinternal server error"},
		{"3:Kok,", "why", "1", "Zwhy"},
		{"9:Ztry late,", "", "1", "Ztry late"},
		{"9:Ztry late,", "", "77", "Dinternal server error"},
		{"13:Dno such user,", "", "77", "Dno such user"},
		{"13:Dno such user,", "", "1", "Zinternal server error"},
		{"hello", "", "1", "Zhello"},
		{"hello", "why", "1", "Zhellowhy"},
		{"3:Kok", "why", "77", "D3:Kokwhy"},
		{long[:250], long, "1", "Z" + long[:255]},
		{"", "why", "77", "Dwhy"},
		{"", long, "1", "Z" + long[:255]},
	} {
		text := fmt.Sprintf("printf '%%s' '%s'; printf '%%s' '%s' >&2; exit %s", c.stdout, c.stderr, c.status)
		if got := b.reply(script("exec", text)); got != c.want {
			t.Errorf("%.40q, %.40q, status %s: got %.80q, want %.80q", c.stdout, c.stderr, c.status, got, c.want)
		}
	}
	b.logged("program wrote to standard error", "a warning", "pid=")
}

// exec_raw passes on what the program says, both outputs together, up to 255
// bytes.
func TestExecRawOutput(t *testing.T) {
	b := programs(t)
	for text, want := range map[string]string{
		"echo out; echo err >&2; echo out":                 "Kout\nerr\nout\n",
		"printf 'a\\000b\\033[2J\\377'":                    "Ka\x00b\x1b[2J\xff",
		"printf '%0255d' 0":                                "K" + strings.Repeat("0", 255),
		"printf '%0256d' 0":                                "K" + strings.Repeat("0", 255),
		"printf '%0256d' 0; exit 77":                       "D" + strings.Repeat("0", 255),
		"printf '%0200d' 0; printf '%0100d' 0 >&2; exit 1": "Z" + strings.Repeat("0", 255),
		"head -c 1000000000 /dev/zero":                     "K" + strings.Repeat("\x00", 255),
		"head -c 100000000 /dev/zero; exit 75":             "Z" + strings.Repeat("\x00", 255),
		"exec >&- 2>&- <&-; exit 0":                        "K",
		"exec >&- 2>&- <&-; exit 77":                       "Dinternal server error",
		"tail -n 1":                                        "Kbody\n",
	} {
		reply, record := b.submit(script("exec_raw", text))
		if reply != want {
			t.Errorf("%s: got %.80q (%d bytes), want %.80q", text, reply, len(reply), want)
		}
		if strings.ContainsRune(record.Message, 0) {
			t.Errorf("%s: NUL in the log record", text)
		}
	}
}

// The program gets the whole message, however large, and need not read it.
func TestProgramsAndLargeMails(t *testing.T) {
	b := programs(t)
	large := strings.Repeat("x", 5<<20)
	size := func(method, text string) string {
		head := "Script: " + text + "\n\n"
		return request(head+large, method+"@example.com", "r@example.com")
	}
	received := fmt.Sprintf("Received: from PID=%d UID=%d with QMQP\r\n", os.Getpid(), os.Getuid())
	count := "wc -c | tr -d ' \\n'"
	want := fmt.Sprintf("K%d", len(received)+len("Script: "+count+"\n\n")+len(large))
	if got := b.reply(size("exec_raw", count)); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := b.reply(size("exec_raw", "exit 0")); got != "K" {
		t.Errorf("without reading: got %q", got)
	}
	if got := b.reply(size("exec_raw", "head -c 100000 >/dev/null")); got != "K" {
		t.Errorf("reading some: got %q", got)
	}
	if got := b.reply(size("exec", "printf 3:Kok,")); got != "Kok" {
		t.Errorf("exec without reading: got %q", got)
	}
	if got := b.reply(size("exec", "exec <&-; printf 3:Kok,")); got != "Kok" {
		t.Errorf("exec that closes its input: got %q", got)
	}
}

// exec speaks QMQP on standard input: envelope and all.
func TestExecRequest(t *testing.T) {
	b := handle(t, `
		m:insert_header('X-A', 'b')
		m.sender = 'new@example.net'
		return m:exec('/bin/sh', '-c', 'cat >"$1"; printf 3:Kok,', 'sh', '{dir}/got')`)
	if got := b.reply(request("m", "s@example.com", "a@example.com", "b@example.com")); got != "Kok" {
		t.Fatalf("got %q\n%s", got, b.log.String())
	}
	got, err := os.ReadFile(filepath.Join(b.dir, "got"))
	if err != nil {
		t.Fatal(err)
	}
	message := fmt.Sprintf("X-A: b\r\nReceived: from PID=%d UID=%d with QMQP\r\nm", os.Getpid(), os.Getuid())
	if want := request(message, "new@example.net", "a@example.com", "b@example.com"); string(got) != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// The response of exec is held back until the program has exited.
func TestExecResponseIsHeldBack(t *testing.T) {
	b := programs(t)
	c := b.dial()
	c.send(script("exec", `cat >/dev/null; printf 3:Kok,; echo >"$1/said"; while ! test -e "$1/go"; do sleep 0.01; done; exit 77`))
	eventually(t, "it has answered", func() bool { return exists(b, "said") })
	if b.server.Inflight() != 1 {
		t.Error("the reply did not wait for the end of the program")
	}
	if err := os.WriteFile(filepath.Join(b.dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := c.reply(); got != "Dinternal server error" {
		t.Errorf("got %q", got)
	}
	b.records.all()
}

func exists(b *bed, name string) bool {
	_, err := os.Stat(filepath.Join(b.dir, name))
	return err == nil
}

// The option timeout ends the program.
func TestProgramTimeout(t *testing.T) {
	b := programs(t)
	for _, method := range []string{"exec", "exec_raw"} {
		for text, header := range map[string]string{
			"exec sleep 1000":                    "Timeout: 0.05",
			"printf 3:Kok,; exec sleep 1000":     "Timeout: 0.05",
			"while :; do echo x; done":           "Timeout: 0.05",
			"cat >/dev/null; exec sleep 1000":    "Timeout: 0.1",
			"(exec sleep 1000) & wait; printf x": "Timeout: 0.05",
		} {
			reply, record := b.submit(script(method, text, header))
			if reply != "Ztimeout" || !strings.HasSuffix(record.Message, " timeout") {
				t.Errorf("%s, %s: got %q, record %q", method, text, reply, record.Message)
			}
		}
		b.logged("program failed", "error=timeout", "pid=")
		if got := b.reply(script(method, "printf 3:Kok,", "Timeout: 3600")); !strings.HasPrefix(got, "K") {
			t.Errorf("%s, in time: got %q", method, got)
		}
	}
	eventually(t, "all are ended", func() bool { return b.server.children.Running() == 0 })
}

// When as many programs are running as may, a mail waits for one to end, within
// its timeout, and is deferred if none does. A client that hangs up meanwhile
// has gone.
func TestTooManyPrograms(t *testing.T) {
	b := programs(t, func(p *plan) { p.MaxPrograms, p.limits.room = 1, 500*time.Millisecond })
	first := b.dial()
	first.send(script("exec_raw", `echo >"$1/runs"; while ! test -e "$1/go"; do sleep 0.01; done`))
	eventually(t, "the first runs", func() bool { return exists(b, "runs") })
	gone := b.dial()
	gone.send(script("exec", "printf 3:Kok,"))
	eventually(t, "the second waits", func() bool { return b.server.WaitingForPrograms() == 1 })
	gone.Close()
	eventually(t, "it has hung up", func() bool { return b.log.Count("the client hung up", "canceled") == 1 })
	b.records.all()
	for _, method := range []string{"exec", "exec_raw"} {
		if got := b.reply(script(method, "exit 0")); got != "Ztoo many mails in progress" {
			t.Errorf("%s: got %q", method, got)
		}
		if got := b.reply(script(method, "exit 0", "Timeout: 0.05")); got != "Ztimeout" {
			t.Errorf("%s with a timeout: got %q", method, got)
		}
	}
	b.logged("program failed", "too many programs are running", "pid=")
	if err := os.WriteFile(filepath.Join(b.dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := first.reply(); got != "K" {
		t.Errorf("the first: got %q", got)
	}
	b.records.all()
	if got := b.reply(script("exec_raw", "exit 0")); got != "K" {
		t.Errorf("the next: got %q", got)
	}
}

// A program that is not there, or is none, is a temporary failure.
func TestProgramDoesNotStart(t *testing.T) {
	dir := shortDir(t)
	plain, junk := filepath.Join(dir, "plain"), filepath.Join(dir, "junk")
	if err := os.WriteFile(plain, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(junk, []byte("junk"), 0o700); err != nil {
		t.Fatal(err)
	}
	for path, logged := range map[string]string{
		dir + "/none": "no such file or directory", plain: "permission denied", dir: "permission denied",
		junk: "exec format error", "sh": "no such file or directory", "": "no such file or directory",
	} {
		for _, method := range []string{"exec", "exec_raw"} {
			b := handle(t, "if m.sender == 'next@example.com' then return m:discard() end return m:"+method+"('"+path+"')")
			if got := b.reply(aRequest); got != "Zinternal server error" {
				t.Errorf("%s(%q): got %q", method, path, got)
			}
			b.logged("program failed", "exec "+path, logged, "pid=")
			b.wants("next", "Kdiscarded")
		}
	}
}

// Once the program has exited, a grandchild that keeps its outputs open is not
// waited for.
func TestGrandchild(t *testing.T) {
	b := programs(t)
	for method, answer := range map[string]string{"exec_raw": "", "exec": "printf 3:Kok,; "} {
		got := b.reply(script(method, answer+`sleep 1000 & echo $! >"$1/grandchild"`))
		if !strings.HasPrefix(got, "K") {
			t.Errorf("%s: got %q", method, got)
		}
		pid, err := os.ReadFile(filepath.Join(b.dir, "grandchild"))
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(strings.TrimSpace(string(pid)))
		if err != nil {
			t.Fatal(err)
		}
		if err := unix.Kill(n, unix.SIGKILL); err != nil {
			t.Errorf("the grandchild is gone: %v", err)
		}
	}
}

// What a program finds: its arguments, its variables and nothing else of the
// daemon.
func TestProgramEnvironment(t *testing.T) {
	b := handlers(t, map[string]string{
		"args": `return m:exec_raw('/bin/sh', '-c', 'for a; do printf "%s|" "$a"; done', 'sh', 'a b', '', '*', 42, "it's")`,
		"env":  "return m:exec_raw('/usr/bin/env', {env = {B = '2', A = 'x y', EMPTY = '', N = 7, X = 1e15}})",
		"none": "return m:exec_raw('/usr/bin/env')",
		"dir":  "return m:exec_raw('/bin/sh', '-c', 'pwd')",
		"fds":  "return m:exec_raw('/bin/ls', '/proc/self/fd')",
		"sigs": "return m:exec_raw('/bin/grep', '-E', 'Sig(Blk|Ign):', '/proc/self/status')",
		"pgrp": "return m:exec_raw('/bin/sh', '-c', 'test $(cut -d\" \" -f5 /proc/$$/stat) = $$')",
	})
	b.wants("args", "Ka b||*|42|it's|")
	b.wants("env", "KA=x y\nB=2\nEMPTY=\nN=7\nX=1e+15\n")
	b.wants("none", "K")
	b.wants("dir", "K/\n")
	b.wants("fds", "K0\n1\n2\n3\n") // 3 is the folder
	b.wants("sigs", "KSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n")
	b.wants("pgrp", "K")
}

// Hundreds of programs at once, which exit without reading or in the middle of
// it: whoever exits with 0 has accepted.
func TestParallelPrograms(t *testing.T) {
	const mails = 300
	b := newBed(t, `
		local n = 0
		qmqp_listen('{sock}', function(m)
			n = n + 1
			local script = ({'exit 0', 'head -c 10 >/dev/null', 'cat >/dev/null', 'exit 1'})[n % 4 + 1]
			return m:exec_raw('/bin/sh', '-c', script)
		end)`)
	message := strings.Repeat("x", 100<<10)
	clients := make([]*client, mails)
	for i := range clients {
		clients[i] = b.dial()
		clients[i].send(request(message, "s@example.com", "r@example.com"))
	}
	counts := map[string]int{}
	for _, c := range clients {
		counts[c.reply()]++
	}
	if counts["K"] != mails*3/4 || counts["Zinternal server error"] != mails/4 {
		t.Errorf("replies: %v\n%.2000s", counts, b.log.String())
	}
}

// A program that ignores SIGTERM is killed at last.
func TestStubbornProgram(t *testing.T) {
	b := programs(t, func(p *plan) { p.KillDelay = 50 * time.Millisecond })
	got := b.reply(script("exec_raw", `trap "" TERM; while :; do sleep 0.01; done`, "Timeout: 0.1"))
	if got != "Ztimeout" {
		t.Errorf("got %q", got)
	}
	eventually(t, "the program is killed", func() bool { return b.server.children.Running() == 0 })
}
