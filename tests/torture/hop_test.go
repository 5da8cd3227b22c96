package torture

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"qrelay/runtime/sink"
	"qrelay/tests/harness"
)

// hop runs a next hop in this process until the returned function is called,
// or the scenario ends.
func (b *bed) hop(socket string, o sink.Options) (end func()) {
	b.Helper()
	o.Address, o.Out = socket, io.Discard
	if o.Store == nil {
		o.Store = b.ledger
	}
	s, err := sink.Listen(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := s.Run(ctx); err != nil {
			b.Errorf("next hop: %v", err)
		}
	}()
	end = sync.OnceFunc(func() {
		cancel()
		<-done
	})
	b.Cleanup(end)
	return end
}

// process starts a next hop as a process and waits until it listens. The caller
// kills it and waits.
func (b *bed) process(socket, maildir string) *exec.Cmd {
	b.Helper()
	cmd := exec.Command(harness.Program("qrelay"), "sink", socket, "--maildir", maildir)
	output, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { cmd.Process.Kill() })
	lines := bufio.NewReader(output)
	if _, err := lines.ReadString('\n'); err != nil {
		b.Fatalf("the next hop does not listen: %v", err)
	}
	go io.Copy(io.Discard, lines) // until the process ends
	return cmd
}

// collect takes the mails out of a Maildir and notes that they have arrived.
func (b *bed) collect(maildir string) {
	b.Helper()
	files, err := filepath.Glob(filepath.Join(maildir, "new", "*"))
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		if err := os.Remove(name); err != nil {
			b.Fatal(err)
		}
		b.ledger.arrive(text)
	}
}

// killNextHop kills the next hop again and again while mails go through. Its
// store syncs each mail to disk before it says K.
func killNextHop(b *bed) {
	rounds := pick(5, 50)
	b.planned(rounds)
	maildir, next := b.path("mails"), b.path("next")
	process := b.process(next, maildir)
	d := b.start(plan{handler: "return m:connect('" + next + "')"})
	d.warm()
	load := b.load(d.socket, 16, mixed)
	for round := range rounds {
		goal := b.ledger.counted(accepted) + 1 + round*17%50
		b.eventually("mails go through", func() bool { return b.ledger.counted(accepted) >= goal })
		process.Process.Kill()
		process.Wait()
		b.fault()
		failures := b.ledger.counted(deferred)
		b.eventually("mails are deferred", func() bool { return b.ledger.counted(deferred) > failures })
		process = b.process(next, maildir)
		b.passed()
	}
	load.stop()
	d.finish()
	process.Process.Kill()
	process.Wait()
	b.collect(maildir)
	b.audit(mayArrive)
	if n := b.ledger.counted(unanswered) + b.ledger.counted(refused); n > 0 {
		b.Errorf("%d clients got no reply", n)
	}
}
