package relay

import (
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// short makes the server give up on a silent client soon.
func short(p *plan) { p.limits.receive = 50 * time.Millisecond }

// A client that falls silent is cut off, wherever in its request it is.
func TestSilentClient(t *testing.T) {
	b := handle(t, "return m:discard()", short)
	long := request(strings.Repeat("x", 4*firstRead), "s@example.com", "r@example.com")
	for name, sent := range map[string]string{
		"nothing":            "",
		"a digit":            "4",
		"a length":           "46:",
		"half a request":     aRequest[:20],
		"all but the comma":  aRequest[:len(aRequest)-1],
		"half a long one":    long[:2*firstRead],
		"all but that comma": long[:len(long)-1],
	} {
		before := b.log.Count("closed without reply", "timeout", "pid=")
		if got := b.dial().exchange(sent); got != "" {
			t.Errorf("%s: got %q", name, got)
		}
		if n := b.log.Count("closed without reply", "timeout", "pid=") - before; n != 1 {
			t.Errorf("%s: %d log lines", name, n)
		}
	}
	b.wants("next", "Kdiscarded")
}

// A client that closes before its request is complete is told nothing, and one
// line tells of it.
func TestCutOffRequest(t *testing.T) {
	b := handle(t, "return m:discard()")
	for n := range len(aRequest) {
		before := b.log.Count("closed without reply", "after", "bytes of the request")
		c := b.dial()
		c.send(aRequest[:n])
		c.closeWrite()
		if got := c.reply(); got != "" {
			t.Errorf("%q: got %q", aRequest[:n], got)
		}
		if lines := b.log.Count("closed without reply", "after", "bytes of the request") - before; lines != 1 {
			t.Errorf("%q: %d log lines", aRequest[:n], lines)
		}
	}
	b.wants("next", "Kdiscarded")
}

// As long as bytes keep coming a client may take longer than the limit for
// silence.
func TestSlowButSteadyClient(t *testing.T) {
	const limit = time.Second
	b := handle(t, "return m:discard()", func(p *plan) { p.limits.receive = limit })
	c := b.dial()
	tick := time.NewTicker(limit * 3 / 2 / time.Duration(len(aRequest)))
	defer tick.Stop()
	began := time.Now()
	for i := range len(aRequest) {
		<-tick.C
		c.send(aRequest[i : i+1])
	}
	if took := time.Since(began); took < limit {
		t.Fatalf("sent within %v", took)
	}
	if got := c.reply(); got != "Kdiscarded" {
		t.Errorf("got %q\n%s", got, b.log.String())
	}
	b.records.all()
}

func TestByteByByteClient(t *testing.T) {
	b := handle(t, "return m:discard()")
	for _, r := range []string{aRequest, exactly(firstRead + 100)} {
		c := b.dial()
		for i := range len(r) {
			c.send(r[i : i+1])
		}
		if got := c.reply(); got != "Kdiscarded" {
			t.Errorf("%d bytes: got %q", len(r), got)
		}
	}
	b.records.all()
}

// A client that has shut down its writing side still waits for its reply.
func TestHalfClosedClient(t *testing.T) {
	b := handle(t, "sleep(0.1) return m:discard()") // the watcher looks meanwhile
	for _, network := range []string{"unix", "tcp"} {
		b := b
		addr := b.path()
		if network == "tcp" {
			b = newBed(t, "log_server = '{log}' qmqp_listen('127.0.0.1:0', function(m) sleep(0.1) return m:discard() end)")
			addr = b.server.Listeners()[0]
		}
		c := dialTo(t, network, addr)
		c.send(aRequest)
		c.closeWrite()
		if got := c.reply(); got != "Kdiscarded" {
			t.Errorf("%s: got %q", network, got)
		}
		b.records.all()
	}
}

// Thousands that connect at the same time all find a place in the backlog,
// even before anybody accepts, and are served.
func TestBurst(t *testing.T) {
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	clients := min(2000, int(files.Cur-100)/3) // two sockets and a pidfd each
	b := prepare(t, "qmqp_listen('{sock}', function(m) return m:discard() end)")
	conns := make([]*client, clients)
	for i := range conns {
		conn, err := net.DialTimeout("unix", b.path(), patience)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(patience))
		conns[i] = &client{t, conn}
		conns[i].send(aRequest)
	}
	if err := b.server.Start(); err != nil {
		t.Fatal(err)
	}
	for i, c := range conns {
		if got := c.reply(); got != "Kdiscarded" {
			t.Fatalf("client %d: got %q", i, got)
		}
	}
}

// When all messages together have taken what they may, the next wait for their
// turn, and small ones, which need no memory of their own, do not.
func TestMemoryCap(t *testing.T) {
	const limit = 64 << 10
	b := newBed(t, "log_server = '{log}' max_size = 2^16 qmqp_listen('{sock}', function(m) if m.size > 1000 then print(m.size) end return m:discard() end)",
		func(p *plan) { p.MaxInflight = limit })
	big := netstring(netstring(strings.Repeat("x", limit-100)), aSender, aRecipient)
	clients := make([]*client, 4)
	for i := range clients {
		clients[i] = b.dial()
		clients[i].send(big[:len(big)/2])
	}
	b.wants("small", "Kdiscarded")
	var senders sync.WaitGroup
	defer senders.Wait()
	for _, c := range clients { // whoever has the memory, all come to their turn
		senders.Go(func() { c.send(big[len(big)/2:]) })
	}
	for i, c := range clients {
		if got := c.reply(); got != "Kdiscarded" {
			t.Errorf("client %d: got %q", i, got)
		}
	}
	if n := b.printed.Count("65436"); n != len(clients) {
		t.Errorf("%d mails handled", n)
	}
	b.records.all()
}

// Waiting for memory has an end, and the client learns that it may come back.
func TestMemoryStaysFull(t *testing.T) {
	const limit = 64 << 10
	b := newBed(t, "log_server = '{log}' max_size = 2^16 qmqp_listen('{sock}', function(m) return m:discard() end)",
		func(p *plan) { p.MaxInflight, p.limits.room = limit, 50*time.Millisecond })
	big := netstring(netstring(strings.Repeat("x", limit-100)), aSender, aRecipient)
	first := b.dial()
	first.send(big[:len(big)-1])
	eventually(t, "the first has the memory", func() bool { return b.full() })
	if got := b.dial().exchange(big); got != "Ztoo many mails in progress" {
		t.Errorf("got %q", got)
	}
	b.logged("refused", "too many bytes of messages are in flight", "pid=")
	first.send(big[len(big)-1:])
	if got := first.reply(); got != "Kdiscarded" {
		t.Errorf("the first: got %q", got)
	}
	b.records.all()
	if got := b.reply(big); got != "Kdiscarded" {
		t.Errorf("the next: got %q", got)
	}
}

// A client that holds memory which others wait for, and sends a byte now and
// then, gives it up, but not while there is memory for all.
func TestDawdlerGivesMemoryUp(t *testing.T) {
	const limit = 64 << 10
	b := newBed(t, "log_server = '{log}' max_size = 2^16 qmqp_listen('{sock}', function(m) return m:discard() end)",
		func(p *plan) { p.MaxInflight, p.limits.hurry = limit, time.Nanosecond })
	big := netstring(netstring(strings.Repeat("x", limit-100)), aSender, aRecipient)
	dawdler := b.dial()
	dawdler.send(big[:firstRead])
	eventually(t, "it has the memory", func() bool { return b.full() })
	for i := range 100 { // slow, but nobody else wants the memory
		dawdler.send(big[firstRead+i : firstRead+i+1])
	}
	other := b.dial()
	other.send(big)
	eventually(t, "another waits for it", func() bool { return b.server.buffers.Scarce() })
	eventually(t, "the first is refused", func() bool {
		dawdler.send("x")
		return b.log.Count("refused", "sends too slowly while others wait", "pid=") == 1
	})
	if got := dawdler.reply(); got != "Ztoo many mails in progress" {
		t.Errorf("the dawdler: got %q", got)
	}
	if got := other.reply(); got != "Kdiscarded" {
		t.Errorf("the other: got %q", got)
	}
	b.records.all()
}

// The rate counts after some time only, and then for the whole of it.
func TestDawdles(t *testing.T) {
	x := &exchange{server: &Server{limits: defaultLimits()}}
	for _, c := range []struct {
		bytes int
		took  time.Duration
		want  bool
	}{
		{1, 10 * time.Second, false},
		{1, 10*time.Second + 1, true},
		{20*leastRate - 1, 20 * time.Second, true},
		{20 * leastRate, 20 * time.Second, false},
	} {
		if got := x.dawdles(c.bytes, c.took); got != c.want {
			t.Errorf("%d bytes in %v: %v", c.bytes, c.took, got)
		}
	}
}

// The largest request that max_size and the cap allow fits.
func TestMemoryForOne(t *testing.T) {
	b := newBed(t, "log_server = '{log}' max_size = 2^14 qmqp_listen('{sock}', function(m) return m:discard() end)",
		func(p *plan) { p.MaxInflight, p.limits.room = 1<<14, 50*time.Millisecond })
	if got := b.reply(exactly(1<<14 + len("16384:,"))); got != "Kdiscarded" {
		t.Errorf("got %q", got)
	}
}
