package sock

import (
	"os"
	"sync"
	"syscall"

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
// Each member asks for one event (EPOLLONESHOT), when somebody waits. So there
// are never events that nobody waits for, except those of a descriptor that
// was closed and used anew in the meantime, which wake somebody for nothing:
// whoever waits tries again.
type poller struct {
	events [128]unix.EpollEvent // of run alone

	mu      sync.Mutex
	epoll   int
	file    *os.File        // of epoll; nil: nobody has waited yet
	raw     syscall.RawConn // of file
	members []*Conn         // by descriptor
	waits   int             // how many goroutines wait
	running bool            // run does
	woken   bool            // run was, to see that nobody waits
}

// thePoller is the process's only one, as Go's own poller is. Its goroutine
// lives as long as somebody waits.
var thePoller poller

// enter has c told about the next of events; the caller holds c.mu.
func (p *poller) enter(c *Conn, events uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.ask(c, events); err != nil {
		return err
	}
	p.waits++
	if !p.running {
		p.running = true
		go p.run()
	}
	return nil
}

// again is enter for somebody who has entered and goes on waiting.
func (p *poller) again(c *Conn, events uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ask(c, events)
}

func (p *poller) ask(c *Conn, events uint32) error {
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
	return nil
}

// forget must be called before a member's descriptor is closed.
func (p *poller) forget(c *Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.members[c.fd] = nil
}

// leave ends n waits that were not ended by run.
func (p *poller) leave(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waits -= n
	if p.waits == 0 && p.running && !p.woken {
		p.woken = true
		p.file.SetReadDeadline(longAgo)
	}
}

// run passes events on as long as somebody waits.
func (p *poller) run() {
	var n int
	harvest := func(fd uintptr) bool {
		n = epollWait(int(fd), p.events[:])
		return n > 0
	}
	for {
		n = 0
		_ = p.raw.Read(harvest) // fails when leave has set the deadline
		ended := 0
		for i := range p.events[:n] {
			if c := p.memberOf(&p.events[i]); c != nil {
				ended += c.deliver(p.events[i].Events)
			}
		}
		if p.idle(ended) {
			return
		}
	}
}

func (p *poller) memberOf(event *unix.EpollEvent) *Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.members[event.Fd]
}

// idle notes that waits have ended. It reports whether nobody is left.
func (p *poller) idle(ended int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.woken {
		p.woken = false
		p.file.SetReadDeadline(never)
	}
	p.waits -= ended
	p.running = p.waits > 0
	return !p.running
}
