package torture

import (
	"syscall"

	"qrelay/runtime/sink"
)

// killUnderLoad kills the daemon again and again while many clients submit:
// mostly in the middle of its work, sometimes while it starts.
func killUnderLoad(b *bed) {
	rounds := pick(8, 100)
	b.planned(rounds)
	next := b.path("next")
	endHop := b.hop(next, sink.Options{})
	d := b.start(plan{handler: "return m:connect('" + next + "')"})
	load := b.load(d.socket, 32, mixed)
	for round := range rounds {
		if round%5 != 4 {
			d.awaitReady(d.life())
			d.serves()
			goal := b.ledger.counted(accepted) + round*137%1000
			b.eventually("mails go through", func() bool { return b.ledger.counted(accepted) >= goal })
		}
		d.kill(syscall.SIGKILL)
	}
	d.awaitReady(d.life())
	load.stop()
	d.warm()
	d.finish()
	endHop()
	b.audit(mayArrive)
}

// termUnderLoad ends the daemon in good order, again and again. A client then
// gets K or Z, or cannot connect, or its connection is closed before anybody has
// looked at its mail.
func termUnderLoad(b *bed) {
	rounds := pick(3, 20)
	b.planned(rounds)
	next := b.path("next")
	endHop := b.hop(next, sink.Options{})
	d := b.start(plan{handler: "return m:connect('" + next + "')"})
	load := b.load(d.socket, 32, mixed)
	for round := range rounds {
		l := d.life()
		d.awaitReady(l)
		d.serves()
		goal := b.ledger.counted(accepted) + round*137%1000
		b.eventually("mails go through", func() bool { return b.ledger.counted(accepted) >= goal })
		d.kill(syscall.SIGTERM)
		if state := l.cmd.ProcessState; !state.Success() {
			b.Errorf("the daemon ended with %v\n%s", state, d.log())
		}
		b.passed()
	}
	d.awaitReady(d.life())
	load.stop()
	d.warm()
	d.finish()
	endHop()
	b.audit(mustNotArrive)
	if n := b.ledger.counted(deferred); n > 0 && b.ledger.texts["Zshutting down"] != n {
		b.Errorf("other replies than K and %q: %v", "Zshutting down", b.ledger.texts)
	}
}
