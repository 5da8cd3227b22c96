package sock

import (
	"cmp"
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A gate is where one goroutine waits for a socket to be ready in one
// direction: a file that Go's poller watches. Either that is the socket
// itself, or an epoll instance (epoll(7)) that has the socket as its only
// member and is readable when the socket is ready.
//
// The second kind exists because making a file of a socket costs more than
// all other work of waiting: allocations, a finalizer, four system calls until
// it is closed, and an event that nobody waits for, as the poller always asks
// for both directions. An epoll instance is made once and reused for one
// socket after the other; entering the socket is one system call, and the
// kernel takes it out when it is closed. For a mail that is a tenth of the
// daemon's CPU time. But each needs a descriptor, so there is a limit; the
// sockets beyond it are those of clients and servers that keep us waiting,
// where it does not matter.
type gate struct {
	file    *os.File
	raw     syscall.RawConn
	epoll   int // descriptor; -1 if file is the socket
	attempt func(uintptr) bool

	// What follows belongs to the goroutine that waits.

	conn      *Conn
	direction direction
	entered   bool // the socket is there
	operation operation
	failed    error // of entering
}

// An operation is what is tried each time that the gate opens, with its
// arguments and results. They are kept in the gate because the variables of a
// closure would cost an allocation each.
type operation struct {
	try func(c *Conn, o *operation) (done bool)
	p   []byte
	iov [][]byte
	n   int
	err error
}

// newGate makes a gate of a file.
func newGate(file *os.File, epoll int) (*gate, error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	g := &gate{file: file, raw: raw, epoll: epoll}
	g.attempt = g.tryOrEnter
	return g, nil
}

// assign gives the gate to a socket.
func (g *gate) assign(c *Conn, d direction) {
	g.conn, g.direction, g.entered = c, d, g.epoll < 0
}

// wait does the operation, waiting for the socket in between, and perhaps
// before.
func (g *gate) wait(o operation) (operation, error) {
	g.operation = o
	call := g.raw.Read
	if g.epoll < 0 && g.direction == forWriting {
		call = g.raw.Write
	}
	err := cmp.Or(call(g.attempt), g.failed)
	o, g.operation, g.failed = g.operation, operation{}, nil
	return o, err
}

// tryOrEnter is called by package os; false makes it wait.
func (g *gate) tryOrEnter(uintptr) bool {
	if g.entered {
		return g.operation.try(g.conn, &g.operation)
	}
	// From here on no event gets lost, and if the socket is ready there is one
	// at once.
	g.failed = g.enter()
	return g.failed != nil
}

// enter makes the gate open when the socket is ready.
func (g *gate) enter() error {
	event := unix.EpollEvent{Events: unix.EPOLLIN}
	if g.direction == forWriting {
		event.Events = unix.EPOLLOUT
	}
	_, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(g.epoll), unix.EPOLL_CTL_ADD, uintptr(g.conn.fd), uintptr(unsafe.Pointer(&event)), 0, 0)
	if errno != 0 {
		return os.NewSyscallError("epoll_ctl", errno)
	}
	g.entered = true
	return nil
}

func (g *gate) setDeadline(deadline time.Time) error {
	if g.epoll < 0 && g.direction == forWriting {
		return g.file.SetWriteDeadline(deadline)
	}
	return g.file.SetReadDeadline(deadline)
}

// maxGates is how many epoll instances there may be.
const maxGates = 512

// gates are those that wait for their next socket.
var gates gatePool

type gatePool struct {
	mu   sync.Mutex
	idle []*gate
	made int
}

// get returns nil if the limit is reached or the system gives no more.
func (p *gatePool) get() *gate {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last := len(p.idle) - 1; last >= 0 {
		g := p.idle[last]
		p.idle = p.idle[:last]
		return g
	}
	if p.made >= maxGates {
		return nil
	}
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil
	}
	if unix.SetNonblock(fd, true) != nil { // or package os would not give it to the poller
		unix.Close(fd)
		return nil
	}
	file := os.NewFile(uintptr(fd), "epoll")
	g, err := newGate(file, fd)
	if err != nil {
		file.Close()
		return nil
	}
	p.made++
	return g
}

// put takes a gate back whose socket is closed. Should a child process that is
// just being started still hold the socket, the gate may open without reason,
// which does no harm: whoever waits tries again.
func (p *gatePool) put(g *gate) {
	g.conn = nil
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, g)
}
