package torture

import (
	"net"
	"os/exec"
	"strconv"
	"strings"
	"sync"

	"qrelay/runtime/sink"
)

// A flood is clients that connect and send nothing. Whenever one is thrown
// out, it comes again.
type flood struct {
	stopping chan struct{}
	once     sync.Once
	clients  sync.WaitGroup
	b        *bed
}

func (b *bed) flood(socket string, clients int) *flood {
	f := &flood{stopping: make(chan struct{}), b: b}
	for range clients {
		f.clients.Go(func() { f.client(socket) })
	}
	b.Cleanup(f.stop)
	return f
}

func (f *flood) client(socket string) {
	for {
		conn, err := net.Dial("unix", socket)
		if err != nil { // the queue is full
			select {
			case <-f.stopping:
				return
			default:
				continue
			}
		}
		f.b.fault()
		thrownOut := make(chan struct{})
		go func() {
			defer close(thrownOut)
			conn.Read(make([]byte, 1))
		}()
		select {
		case <-f.stopping:
			conn.Close()
			<-thrownOut
			return
		case <-thrownOut:
			conn.Close()
		}
	}
}

func (f *flood) stop() {
	f.once.Do(func() { close(f.stopping) })
	f.clients.Wait()
}

// floodOfSilence has thousands of connections on which nothing comes, while
// others submit mails as if nothing was.
func floodOfSilence(b *bed) {
	connections, mails := pick(1000, 5000), pick(1000, 20000)
	b.planned(connections)
	next := b.path("next")
	endHop := b.hop(next, sink.Options{})
	d := b.start(plan{handler: "return m:connect('" + next + "')"})
	d.warm()
	silent := b.flood(d.socket, connections)
	b.eventually("all are connected", func() bool { return d.descriptors() > connections })
	load := b.load(d.socket, 16, always(2000))
	b.eventually("mails go through", func() bool { return b.ledger.counted(accepted) >= mails })
	b.eventually("the silent ones are thrown out", func() bool {
		return strings.Count(d.log(), "closed without reply") >= connections
	})
	b.passed()
	load.stop()
	silent.stop()
	d.finish()
	endHop()
	b.audit(mustNotArrive)
	if n := b.ledger.counted(accepted); n != len(b.ledger.clients) {
		b.Errorf("%d mails of %d got K: %v", n, len(b.ledger.clients), b.ledger.texts)
	}
}

// limit sets a soft limit of the daemon's process, as its user may: "nofile=64:".
func (d *daemon) limit(what string) {
	d.b.Helper()
	cmd := exec.Command("prlimit", "--pid", strconv.Itoa(d.pid()), "--"+what)
	cmd.SysProcAttr = d.credential()
	if output, err := cmd.CombinedOutput(); err != nil {
		d.b.Fatalf("prlimit (Debian package util-linux): %v: %s", err, output)
	}
}

// noDescriptors floods a daemon that may open 64 files. Nobody is answered
// then but with K or Z, and nobody is forgotten.
func noDescriptors(b *bed) {
	silence, mails := pick(80, 160), pick(200, 5000)
	b.planned(silence)
	next := b.path("next")
	endHop := b.hop(next, sink.Options{})
	d := b.start(plan{handler: "return m:connect('" + next + "')"})
	d.warm()
	d.limit("nofile=64:")
	silent := b.flood(d.socket, silence)
	b.eventually("it runs out of descriptors", func() bool { return strings.Contains(d.log(), "cannot accept") })
	b.passed()
	for range pick(1, 5) {
		b.burst(d.socket, 50, 2000)
	}
	silent.stop()
	b.passed()
	before := b.ledger.counted(accepted)
	for b.ledger.counted(accepted)-before < mails {
		b.burst(d.socket, 20, 2000) // of 64 descriptors these have at most 60
		if n := b.ledger.counted(unanswered) + b.ledger.counted(refused); n > 0 {
			b.Fatalf("%d mails got no reply", n)
		}
	}
	d.finish()
	endHop()
	b.audit(mustNotArrive)
}
