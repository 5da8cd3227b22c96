package torture

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"qrelay/runtime/sink"
	"qrelay/tests/harness"
)

// stranger is a user that has no other processes.
const stranger = 61943

// noProcesses has the daemon's user at the limit of processes, so that no
// program can be started, and then lifts it. The limit does not hold for root;
// as root the daemon runs as somebody else.
func noProcesses(b *bed) {
	rounds := pick(3, 30)
	b.planned(rounds)
	p := plan{handler: `return m:exec_raw('/bin/cat')`}
	if os.Getuid() == 0 {
		p.user = stranger
		p.program = b.path("qrelay")
		b.copy(harness.Program("qrelay"), p.program)
		if err := os.Chmod(b.dir, 0o777); err != nil {
			b.Fatal(err)
		}
	}
	d := b.start(p)
	b.burst(d.socket, 50, 100) // has all threads that it needs
	d.warm()
	if got := b.ledger.counted(accepted); got != 51 {
		b.Fatalf("%d mails of 51 accepted: %v", got, b.ledger.texts)
	}
	const most = "10000"
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

// diskFull has a next hop whose disk is full for a while. Its store is a
// Maildir on a small file system where that can be made; elsewhere one that
// gets the same error from /dev/full.
func diskFull(b *bed) {
	rounds := pick(3, 20)
	b.planned(rounds)
	next, disk := b.path("next"), b.newDisk()
	endHop := b.hop(next, sink.Options{Store: disk})
	d := b.start(plan{handler: "return m:connect('" + next + "')"})
	d.warm()
	load := b.load(d.socket, 8, always(4000))
	for range rounds {
		disk.fill(b)
		b.fault()
		failed := b.ledger.counted(deferred)
		b.eventually("mails are deferred", func() bool { return b.ledger.counted(deferred) >= failed+20 })
		disk.empty(b)
		goal := b.ledger.counted(accepted) + 20
		b.eventually("mails are accepted again", func() bool { return b.ledger.counted(accepted) >= goal })
		b.passed()
	}
	load.stop()
	d.finish()
	endHop()
	disk.collect(b)
	b.audit(mayArrive)
	for text := range b.ledger.texts {
		if !strings.Contains(text, "no space left on device") {
			b.Errorf("deferred because of %q", text)
		}
	}
}

// silentNameServer has a policy that connects to a named host while the name
// server does not answer. Other mails do not notice.
func silentNameServer(b *bed) {
	waiting, mails := pick(50, 500), pick(1000, 20000)
	b.planned(waiting)
	next := b.path("next")
	endHop := b.hop(next, sink.Options{})
	p := plan{handler: fmt.Sprintf(`
		if m:header('X-Wait') then
			local s, err = socket:connect('%s')
			return m:discard()
		end
		return m:connect('%s')`, "%s", next)}
	host, questions := b.silence(&p)
	p.handler = fmt.Sprintf(p.handler, host)
	d := b.start(p)
	d.warm()
	var clients sync.WaitGroup
	for range waiting {
		clients.Go(func() {
			exchange(d.socket, append([]byte("X-Wait: yes\n"), message(0, 100)...))
			b.fault()
		})
	}
	b.eventually("names are asked for", questions)
	load := b.load(d.socket, 8, always(2000))
	b.eventually("mails go through", func() bool { return b.ledger.counted(accepted) >= mails })
	load.stop()
	b.passed()
	clients.Wait()
	d.fds = 0 // a resolver may keep some
	d.finish()
	endHop()
	b.audit(mustNotArrive)
	if n := b.ledger.counted(accepted); n != len(b.ledger.clients) {
		b.Errorf("%d mails of %d got K: %v", n, len(b.ledger.clients), b.ledger.texts)
	}
}
