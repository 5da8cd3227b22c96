package torture

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"qrelay/tests/harness"
)

// stranger is a user that has no other processes.
const stranger = 61943

// most is a limit of processes that is none.
const most = "10000"

// asStranger has the daemon run as somebody else if the test runs as root, for
// whom limits of processes do not hold.
func (b *bed) asStranger(p *plan) {
	b.Helper()
	if os.Getuid() != 0 {
		return
	}
	p.user = stranger
	p.program = b.path("qrelay")
	b.copy(harness.Program("qrelay"), p.program)
	if err := os.Chmod(b.dir, 0o777); err != nil {
		b.Fatal(err)
	}
}

// noProcesses has the daemon's user at the limit of processes, so that neither
// a program nor a thread can be started, and then lifts it. What the daemon
// needs itself it has from the start.
func noProcesses(b *bed) {
	rounds := pick(3, 30)
	b.planned(rounds)
	p := plan{handler: `return m:exec_raw('/bin/cat')`}
	b.asStranger(&p)
	d := b.start(p)
	for range rounds {
		failed := b.ledger.counted(deferred)
		d.limit("nproc=1:")
		b.burst(d.socket, pick(100, 400), 100)
		b.fault()
		d.limit("nproc=" + most + ":")
		if got := b.ledger.counted(deferred) - failed; got != pick(100, 400) {
			b.Errorf("%d mails deferred without processes: %v\n%s", got, b.ledger.texts, d.log())
		}
		d.warm()
	}
	d.finish()
	b.settleWithoutHop()
}

// tooManyPrograms has mails for more programs than there may be processes in
// the daemon's control group. Those that cannot be started are deferred, and
// the daemon lives on.
func tooManyPrograms(b *bed) {
	rounds := pick(3, 30)
	b.planned(rounds)
	p := plan{handler: `return m:exec_raw('/bin/sleep', '0.05')`}
	b.asStranger(&p)
	d := b.start(p)
	first := d.pid()
	for round := range rounds { // in the first one the daemon has never had work to do
		lift := d.limitTasks(1 + round%8)
		b.burst(d.socket, 400, 100)
		b.fault()
		lift()
		d.warm()
	}
	if n := b.ledger.counted(unanswered) + b.ledger.counted(refused); n > 0 {
		b.Errorf("%d clients got no reply", n)
	}
	if b.ledger.counted(deferred) == 0 {
		b.Error("there were processes enough")
	}
	if d.pid() != first {
		b.Errorf("the daemon was started again:\n%s", d.log())
	}
	d.finish()
	b.settleWithoutHop()
}

// programsInTurn has mails for more programs than --max-programs allows. They
// wait for each other, and all are accepted.
func programsInTurn(b *bed) {
	const atOnce = 4
	mails := pick(100, 2000)
	b.planned(mails)
	d := b.start(plan{
		handler: fmt.Sprintf(`return m:exec_raw('/bin/sh', '-c', 'mkdir %[1]s/now.$$ && set -- %[1]s/now.* && test $# -le %[2]d && exec rmdir %[1]s/now.$$')`, b.dir, atOnce),
		args:    []string{"--max-programs", fmt.Sprint(atOnce)},
	})
	b.burst(d.socket, mails, 100)
	b.report.update(func() { b.row.faults += mails })
	if got := b.ledger.counted(accepted); got != mails {
		b.Errorf("%d mails of %d accepted, with %d programs at most at a time: %v", got, mails, atOnce, b.ledger.texts)
	}
	d.warm()
	d.finish()
	b.settleWithoutHop()
}

// limitTasks bounds the processes and threads of the daemon to those that it
// has and some more, until lift is called: by a control group, as systemd does,
// or, where none can be made, by a limit of its user.
func (d *daemon) limitTasks(more int) (lift func()) {
	d.b.Helper()
	for _, group := range []string{"/sys/fs/cgroup/pids", "/sys/fs/cgroup"} {
		group = filepath.Join(group, fmt.Sprintf("qrelay-torture-%d", os.Getpid()))
		if err := os.Mkdir(group, 0o755); err == nil {
			d.b.Cleanup(func() {
				d.stop(syscall.SIGKILL)
				d.b.eventually("the control group is empty", func() bool { return os.Remove(group) == nil })
			})
		} else if !errors.Is(err, fs.ErrExist) { // as it does after the first time
			continue
		}
		write := func(file string, n int) error {
			return os.WriteFile(filepath.Join(group, file), []byte(strconv.Itoa(n)), 0o644)
		}
		threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", d.pid()))
		if err = errors.Join(err, write("cgroup.procs", d.pid()), write("pids.max", len(threads)+more)); err != nil {
			d.b.Logf("%v; using a limit of the user instead", err)
			continue
		}
		return func() {
			if err := write("pids.max", 10000); err != nil {
				d.b.Error(err)
			}
		}
	}
	d.limit("nproc=40:")
	return func() { d.limit("nproc=" + most + ":") }
}

// settleWithoutHop is the audit of mails that went to a program that keeps
// nothing: what was told K counts as arrived.
func (b *bed) settleWithoutHop() {
	l := b.ledger
	l.mu.Lock()
	for id, o := range l.clients {
		if o == accepted {
			l.arrived[id]++
		}
	}
	l.mu.Unlock()
	b.audit(mustNotArrive)
}

func (b *bed) copy(from, to string) {
	b.Helper()
	text, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, text, 0o755)
	}
	if err != nil {
		b.Fatal(err)
	}
}
