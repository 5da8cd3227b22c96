package sock

import (
	"context"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A poller waits for many sockets at once: they are members of an epoll
// instance (epoll(7)) that Go's poller watches like a single file.
//
// The reason is the price of making a file of each socket: allocations, a
// finalizer, and four system calls until it is closed, one of which keeps
// waking the scheduler's monitor thread. A mail's two sockets mostly wait once.
// Here a wait is one system call, and the kernel takes a socket out when it is
// closed: a sixth less CPU time per mail.
//
// There is no goroutine that passes events on: one of those that wait does it
// for all, the leader. When its own wait is over it leaves the lead to another.
// So a mail that is alone is woken as directly as if Go's poller knew its
// socket.
//
// Each member asks for one event (EPOLLONESHOT), when somebody waits. So there
// are never events that nobody waits for, except those of a descriptor that
// was closed and used anew in the meantime, which wake somebody for nothing:
// whoever waits tries again.
type poller struct {
	// vacant has a token after a leader has left, for one that waits. It may be
	// out of date: a new wait takes a free lead without it.
	vacant chan struct{}

	// Of the leader alone.
	events    [128]unix.EpollEvent
	harvested int // how many of events there are
	harvest   func(fd uintptr) bool

	mu      sync.Mutex
	leader  *Conn // that the leader waits for; nil: there is none
	epoll   int
	file    *os.File        // of epoll; nil: nobody has waited yet
	raw     syscall.RawConn // of file
	members []*Conn         // by descriptor
}

// thePoller is the process's only one, as Go's own poller is.
var thePoller = poller{vacant: make(chan struct{}, 1)}

// prepare makes the epoll instance before somebody waits.
func (p *poller) prepare() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open()
}

// open makes the epoll instance at the first use.
func (p *poller) open() error {
	if p.file != nil {
		return nil
	}
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("epoll_create1", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil { // or package os keeps it from Go's poller
		unix.Close(fd)
		return os.NewSyscallError("fcntl", err)
	}
	file := os.NewFile(uintptr(fd), "epoll")
	raw, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return err
	}
	p.epoll, p.file, p.raw = fd, file, raw
	p.harvest = func(fd uintptr) bool {
		p.harvested = epollWait(int(fd), p.events[:])
		return p.harvested > 0
	}
	return nil
}

// ask has c told about the next of events. The caller holds c.mu.
func (p *poller) ask(c *Conn, events uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.open(); err != nil {
		return err
	}
	op := unix.EPOLL_CTL_MOD
	if !c.member {
		op = unix.EPOLL_CTL_ADD
	}
	if err := epollCtl(p.epoll, op, c.fd, events|unix.EPOLLONESHOT); err != nil {
		return err
	}
	if !c.member {
		c.member = true
		for len(p.members) <= c.fd {
			p.members = append(p.members, nil)
		}
		p.members[c.fd] = c
	}
	return nil
}

// forget must be called before a member's descriptor is closed.
func (p *poller) forget(c *Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.members[c.fd] = nil
}

// take makes who waits for c the leader, if there is none.
func (p *poller) take(c *Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.leader != nil {
		return false
	}
	p.leader = c
	return true
}

// resign ends the lead.
func (p *poller) resign() {
	p.mu.Lock()
	p.leader = nil
	p.mu.Unlock()
	select {
	case p.vacant <- struct{}{}:
	default:
	}
}

// lead passes events on until w is over. w must have taken the lead, and gives
// it up.
func (p *poller) lead(w *wait) error {
	defer p.resign()
	if w.conn.ctx != nil {
		stop := context.AfterFunc(w.conn.ctx, p.interrupt)
		defer stop()
	}
	for interrupted := true; ; { // at first perhaps by what was for the leader before
		if interrupted {
			if err := p.file.SetReadDeadline(w.deadline); err != nil {
				return err
			}
		}
		if err := w.over(); err != nil || !w.conn.waits(w.direction) {
			return err
		}
		p.harvested = 0
		interrupted = p.raw.Read(p.harvest) != nil
		for i := range p.events[:p.harvested] {
			if c := p.memberOf(&p.events[i]); c != nil {
				c.deliver(p.events[i].Events)
			}
		}
	}
}

// longAgo is a deadline that wakes the leader.
var longAgo = time.Unix(1, 0)

// interrupt makes the leader see whether its wait is over.
func (p *poller) interrupt() { p.file.SetReadDeadline(longAgo) }

// wake interrupts the leader if it waits for c.
func (p *poller) wake(c *Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.leader == c {
		p.interrupt()
	}
}

func (p *poller) memberOf(event *unix.EpollEvent) *Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.members[event.Fd]
}
