package torture

import (
	"os"
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

// noProcesses has the daemon's user at the limit of processes, so that no
// program can be started, and then lifts it. The daemon itself has all threads
// that it needs by then.
func noProcesses(b *bed) {
	rounds := pick(3, 30)
	b.planned(rounds)
	p := plan{handler: `return m:exec_raw('/bin/cat')`}
	b.asStranger(&p)
	d := b.start(p)
	b.burst(d.socket, 50, 100) // has all threads that it needs
	d.warm()
	if got := b.ledger.counted(accepted); got != 51 {
		b.Fatalf("%d mails of 51 accepted: %v", got, b.ledger.texts)
	}
	for range rounds {
		failed := b.ledger.counted(deferred)
		d.limit("nproc=1:")
		b.burst(d.socket, 20, 100)
		b.fault()
		d.limit("nproc=" + most + ":")
		if got := b.ledger.counted(deferred) - failed; got != 20 {
			b.Errorf("%d mails of 20 deferred without processes: %v\n%s", got, b.ledger.texts, d.log())
		}
		d.serves()
	}
	d.finish()
	b.settleWithoutHop()
}

// tooManyPrograms has mails for more programs than there may be processes, so
// that also threads of the daemon's own are refused. Go ends a program then;
// what counts is that this is as any other crash: nobody has K without reason,
// and the next daemon serves.
func tooManyPrograms(b *bed) {
	rounds := pick(2, 20)
	b.planned(rounds)
	p := plan{handler: `return m:exec_raw('/bin/sleep', '0.2')`}
	b.asStranger(&p)
	d := b.start(p)
	for range rounds {
		b.eventually("the daemon has a limit", func() bool { return d.tryLimit("nproc=30:") == nil })
		b.burst(d.socket, 200, 100)
		b.fault()
		b.eventually("the daemon, or the next one, serves", func() bool {
			return b.submit(d.socket, b.ledger.next(), 100) == accepted
		})
		b.passed()
	}
	if b.ledger.counted(deferred)+b.ledger.counted(unanswered) == 0 {
		b.Error("there were processes enough")
	}
	d.stop(syscall.SIGTERM)
	b.settleWithoutHop()
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
