package torture

import (
	"fmt"
	"os"
	"strings"
	"time"

	"qrelay/runtime/sink"
)

// noMemory has many more large mails than fit into --max-inflight. They wait
// for each other, and memory stays within bounds. In full size the next hop
// hangs for longer than mails wait for room, so that most are deferred.
func noMemory(b *bed) {
	const size, room = 1 << 20, 8 << 20
	clients := pick(48, 200)
	b.planned(clients)
	next := b.path("next")
	endHop := b.hop(next, sink.Options{Delay: pick(50*time.Millisecond, 20*time.Second)})
	d := b.start(plan{
		before:  fmt.Sprintf("max_size = %d", 2*size),
		handler: "return m:connect('" + next + "')",
		args:    []string{"--max-inflight", fmt.Sprint(room)},
	})
	b.burst(d.socket, clients, size)
	b.report.update(func() { b.row.faults += clients })
	if got := b.ledger.counted(accepted); !full() && got != clients || got == 0 {
		b.Errorf("%d mails of %d accepted: %v", got, clients, b.ledger.texts)
	}
	if n := b.ledger.counted(deferred); n != b.ledger.texts["Ztoo many mails in progress"] {
		b.Errorf("%d mails deferred: %v", n, b.ledger.texts)
	}
	if full() && b.ledger.counted(deferred) == 0 {
		b.Error("no mail was deferred")
	}
	// What a program with the race detector takes is several times of this.
	if peak := d.peak(); peak > 400<<20 {
		b.Errorf("it took %d MiB", peak>>20)
	}
	b.passed()
	endHop()
	endHop = b.hop(next, sink.Options{})
	d.warm()
	b.burst(d.socket, 8, size)
	d.finish()
	endHop()
	b.audit(mayArrive)
}

// peak is the most memory that the process has had resident, in bytes.
func (d *daemon) peak() (bytes int64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.pid()))
	_, line, ok := strings.Cut(string(text), "VmHWM:")
	if _, scanErr := fmt.Sscan(line, &bytes); err != nil || !ok || scanErr != nil {
		d.b.Fatalf("no VmHWM: %v, %v", err, scanErr)
	}
	return bytes << 10
}
