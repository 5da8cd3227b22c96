package pgtest

import (
	"io"
	"net"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A Proxy relays TCP connections to a server. The methods may be called from
// any goroutine.
type Proxy struct {
	// Port is where it listens on 127.0.0.1.
	Port int

	listener net.Listener
	target   string // the server's unix socket
	delay    time.Duration
	wg       sync.WaitGroup

	mu     sync.Mutex
	thawed chan struct{} // closed unless frozen
	conns  map[net.Conn]struct{}
	closed bool
}

// NewProxy starts a relay to the unix socket of the server that ends with the
// test. What the server sends arrives delay later, however much is under way;
// what the client sends arrives at once. So delay is the time of a round trip.
func NewProxy(tb testing.TB, s *Server, delay time.Duration) *Proxy {
	tb.Helper()
	p, err := OpenProxy(s, delay)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(p.Close)
	return p
}

// OpenProxy is NewProxy for callers that are no test. The caller must Close it.
func OpenProxy(s *Server, delay time.Duration) (*Proxy, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		Port: l.Addr().(*net.TCPAddr).Port, listener: l, delay: delay,
		target: filepath.Join(s.Dir, ".s.PGSQL."+strconv.Itoa(s.Port)),
		thawed: make(chan struct{}), conns: map[net.Conn]struct{}{},
	}
	close(p.thawed)
	p.wg.Go(p.accept)
	return p, nil
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", p.target)
		if err != nil {
			client.Close()
			continue
		}
		if !p.add(client, server) {
			return
		}
		p.wg.Go(func() { p.pipe(server, client, 0) })
		p.wg.Go(func() { p.pipe(client, server, p.delay) })
	}
}

// add registers both ends of a connection, unless the proxy is closed.
func (p *Proxy) add(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		if p.closed {
			c.Close()
		} else {
			p.conns[c] = struct{}{}
		}
	}
	return !p.closed
}

func (p *Proxy) remove(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// A chunk is something on its way, to be delivered not before due.
type chunk struct {
	data []byte
	due  time.Time
}

// pipe copies one direction until either end closes, then closes both.
func (p *Proxy) pipe(dst, src net.Conn, delay time.Duration) {
	defer p.remove(src)
	line := make(chan chunk, 1024)
	p.wg.Go(func() {
		defer dst.Close()
		for c := range line {
			sleepUntil(c.due)
			<-p.gate()
			if _, err := dst.Write(c.data); err != nil {
				src.Close()
			}
		}
	})
	defer close(line)
	for {
		buf := make([]byte, 16<<10)
		n, err := src.Read(buf)
		if n > 0 {
			line <- chunk{buf[:n], time.Now().Add(delay)}
		}
		if err != nil {
			if err != io.EOF {
				dst.Close()
			}
			return
		}
	}
}

// sleepUntil is more exact than time.Sleep, which may wait for a millisecond
// too long where nothing else goes on.
func sleepUntil(t time.Time) {
	if d := time.Until(t); d > 0 {
		left := unix.NsecToTimespec(d.Nanoseconds())
		for unix.Nanosleep(&left, &left) == unix.EINTR {
		}
	}
}

func (p *Proxy) gate() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.thawed
}

// Freeze stops delivery in both directions while connections stay open, as
// when a cable is pulled. New connections are accepted and stay silent.
func (p *Proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.thawed = make(chan struct{})
}

// Thaw ends Freeze; what was held up is delivered.
func (p *Proxy) Thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.thawed:
	default:
		close(p.thawed)
	}
}

// Cut closes all present connections.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
	clear(p.conns)
}

// Close ends the relay and closes all connections.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.listener.Close()
	p.Thaw()
	p.Cut()
	p.wg.Wait()
}
