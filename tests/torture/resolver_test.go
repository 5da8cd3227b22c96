package torture

import (
	"fmt"
	"net"
	"os/exec"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

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
