package torture

import (
	"fmt"
	"net"
	"os/exec"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"qrelay/runtime/sink"
)

// silentNameServer has a policy that connects to a named host while the name
// server does not answer. Other mails do not notice.
func silentNameServer(b *bed) {
	waiting, mails := pick(50, 500), pick(1000, 20000)
	b.planned(waiting)
	next := b.path("next")
	endHop := b.hop(next, sink.Options{})
	var p plan
	host, questions := b.silence(&p)
	p.handler = fmt.Sprintf(`
		if m:header('X-Wait') then
			socket:connect('%s')
			return m:discard()
		end
		return m:connect('%s')`, host, next)
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

// nameServer is where the daemon of this test asks for names.
const nameServer = "127.0.53.1"

// silence changes a plan such that the daemon's name server never answers, and
// returns a host to connect to, and whether somebody is waiting for it. This
// takes root, for a view of /etc/resolv.conf of the daemon's own. Others wait
// for a host that does not answer: a listener whose queue is full.
func (b *bed) silence(p *plan) (host string, waiting func() bool) {
	b.Helper()
	config := b.write("resolv.conf", "nameserver "+nameServer+"\noptions timeout:2 attempts:1\n")
	p.wrap = []string{"unshare", "--mount", "sh", "-c", fmt.Sprintf(`mount --bind %q /etc/resolv.conf && exec "$0" "$@"`, config)}
	if err := exec.Command(p.wrap[0], append(p.wrap[1:], "true")...).Run(); err != nil {
		b.Logf("unshare: %v; using a host that does not answer instead", err)
		p.wrap = nil
		return b.fullQueue()
	}
	conn, err := net.ListenPacket("udp", nameServer+":53")
	if err != nil {
		b.Fatal(err)
	}
	var questions atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for buf := make([]byte, 512); ; questions.Add(1) {
			if _, _, err := conn.ReadFrom(buf); err != nil {
				return
			}
		}
	}()
	b.Cleanup(func() {
		conn.Close()
		<-done
	})
	return "host.torture.example:25", func() bool { return questions.Load() > 0 }
}

// fullQueue makes a listener that nobody can connect to without waiting.
func (b *bed) fullQueue() (host string, waiting func() bool) {
	b.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { unix.Close(fd) })
	path := b.path("full")
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		b.Fatal(err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		b.Fatal(err)
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	return path, func() bool { return true }
}
