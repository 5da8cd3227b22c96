package torture

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
)

// deliver is a slow mailer. It takes the mail when the file "go" is there, and
// talks only after it has delivered. Its argument names its files; "early" reads
// the mail at once.
const deliver = `#!/bin/sh
dir=${0%/*}
case $1 in early*) cat >"$dir/$1.part" ;; esac
echo $$ >"$dir/$1.pid.tmp" && mv "$dir/$1.pid.tmp" "$dir/$1.pid"
until test -e "$dir/go"; do sleep 0.02; done
case $1 in late*) cat >"$dir/$1.part" ;; esac
mv "$dir/$1.part" "$dir/$1.delivered"
echo delivered
echo "$?" >"$dir/$1.told"
`

// killWithPrograms kills the daemon while programs have its mails. They do not
// die with it; what they get is told in docs/operations.md, which this test
// stands behind.
func killWithPrograms(b *bed) {
	rounds := pick(1, 10)
	b.planned(rounds)
	b.write("deliver", deliver)
	d := b.start(plan{handler: fmt.Sprintf(`
		local file = m:header('X-File')
		if not file then return m:discard() end
		local method = file:match('[%%a_]+$')
		return m[method](m, %q, file)`, b.path("deliver"))})
	for round := range rounds {
		killPrograms(b, d, round)
	}
	d.stop(syscall.SIGTERM)
}

// A delivery is what a program does with a mail.
type delivery struct {
	name    string
	message []byte
	outcome outcome
}

func killPrograms(b *bed, d *daemon, round int) {
	var all []*delivery
	for _, name := range []string{"early-small-exec_raw", "late-small-exec_raw", "late-large-exec_raw", "late-small-exec", "late-large-exec"} {
		size := 2000
		if strings.Contains(name, "large") {
			size = 1 << 20
		}
		file := strings.Replace(name, "-", fmt.Sprintf("%d-", round), 1)
		all = append(all, &delivery{name: file, message: fmt.Appendf(nil, "X-File: %s\n%s", file, message(round, size))})
	}
	var clients sync.WaitGroup
	for _, v := range all {
		clients.Go(func() { v.outcome, _ = exchange(d.socket, v.message) })
	}
	for _, v := range all {
		b.eventually(v.name+" has started", func() bool { return b.exists(v.name + ".pid") })
	}
	successor := d.kill(syscall.SIGKILL)
	clients.Wait()
	d.awaitReady(successor)
	for _, v := range all {
		if v.outcome != unanswered {
			b.Errorf("%s: outcome %d for the client, want no reply", v.name, v.outcome)
		}
	}
	if o, _ := exchange(d.socket, message(0, 100)); o != accepted {
		b.Errorf("after the restart: outcome %d", o)
	}
	b.write("go", "")
	for _, v := range all {
		b.eventually(v.name+" has delivered", func() bool { return b.exists(v.name + ".delivered") })
		v.check(b)
		b.passed()
	}
	b.eventually("the programs end", func() bool { return b.gone(all) })
	for _, v := range all {
		if b.exists(v.name + ".told") {
			b.Errorf("%s could talk to nobody, and was not ended by SIGPIPE", v.name)
		}
	}
	os.Remove(b.path("go"))
	b.report.update(func() { b.row.mails, b.row.untold = b.row.mails+len(all), b.row.untold+len(all) })
}

// check compares what was delivered with what is to be expected: whatever fits
// into a pipe is there as a whole, more of it is cut.
func (v *delivery) check(b *bed) {
	got, err := os.ReadFile(b.path(v.name + ".delivered"))
	if err != nil {
		b.Fatal(err)
	}
	large, framed := strings.Contains(v.name, "large"), strings.HasSuffix(v.name, "exec")
	switch {
	case !framed && !large && !bytes.HasSuffix(got, v.message):
		b.Errorf("%s: delivered %.300q, want all of the message", v.name, got)
	case !framed && large && (len(got) < 4096 || len(got) > 64<<10 || !bytes.Contains(got, v.message[:1000])):
		b.Errorf("%s: delivered %d bytes, want the beginning, as much as a pipe takes", v.name, len(got))
	case framed && !large && (!bytes.Contains(got, v.message) || !bytes.HasSuffix(got, []byte(","))):
		b.Errorf("%s: delivered %.300q, want a complete request", v.name, got)
	case framed && large && len(got) > 64<<10:
		b.Errorf("%s: delivered %d bytes, want a request that is obviously incomplete", v.name, len(got))
	}
}

func (b *bed) exists(name string) bool {
	_, err := os.Stat(b.path(name))
	return err == nil
}

// gone tells whether no program is running any more.
func (b *bed) gone(all []*delivery) bool {
	for _, v := range all {
		var pid int
		text, _ := os.ReadFile(b.path(v.name + ".pid"))
		if _, err := fmt.Sscan(string(text), &pid); err != nil {
			b.Fatalf("%s has no process number: %q", v.name, text)
		}
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err == nil && !strings.Contains(string(stat), ") Z ") {
			return false
		}
	}
	return true
}
