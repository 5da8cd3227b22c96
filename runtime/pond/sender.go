package pond

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"qrelay/runtime/address"
)

// A Sender sends records to one address: UDP over IPv4 or IPv6, multicast groups included, or a local
// datagram socket. It may be used by many goroutines.
//
// Guarantee: sending never waits for anything but the kernel's copying. A record that cannot go out
// at once is dropped and counted. Each one is addressed by itself, over a socket that is not
// connected: a receiver that is not there yet, restarts or moves its socket file costs the records
// of that time and nothing else.
type Sender struct {
	to    address.Address
	drops atomic.Uint64

	mu     sync.Mutex // protects all that follows
	fd     int        // -1 before the first record and after Close
	raw    syscall.Sockaddr
	buf    []byte
	closed bool
}

// NewSender makes a sender of records to an address. It does not touch the network: whether anybody
// listens there shows, if at all, when records are sent.
func NewSender(to address.Address) (*Sender, error) {
	raw := sockaddr(to)
	if raw == nil {
		return nil, errors.New("pond: a log server needs an address")
	}
	return &Sender{to: to, fd: -1, raw: raw}, nil
}

// sockaddr converts to the types of package syscall: those of x/sys do not take abstract names of
// full length.
func sockaddr(a address.Address) syscall.Sockaddr {
	switch sa := a.Sockaddr().(type) {
	case *unix.SockaddrUnix:
		return &syscall.SockaddrUnix{Name: sa.Name}
	case *unix.SockaddrInet4:
		return &syscall.SockaddrInet4{Port: sa.Port, Addr: sa.Addr}
	case *unix.SockaddrInet6:
		return &syscall.SockaddrInet6{Port: sa.Port, Addr: sa.Addr, ZoneId: sa.ZoneId}
	}
	return nil
}

// Drops returns how many records could not be sent.
func (s *Sender) Drops() uint64 { return s.drops.Load() }

// Send sends one record or drops it. The error says why it was dropped; there is no need to look at
// it, and none to stop sending. After Close it is [net.ErrClosed].
func (s *Sender) Send(r *Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.send(r)
	if err != nil {
		s.drops.Add(1)
		return fmt.Errorf("send log record to %s: %w", s.to, err)
	}
	return nil
}

func (s *Sender) send(r *Record) (err error) {
	if s.closed {
		return net.ErrClosed
	}
	if s.buf, err = r.Append(s.buf[:0]); err != nil {
		return err
	}
	if s.fd < 0 {
		if s.fd, err = unix.Socket(s.to.Family(), unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0); err != nil {
			s.fd = -1
			return os.NewSyscallError("socket", err)
		}
	}
	err = syscall.Sendto(s.fd, s.buf, syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, s.raw)
	return os.NewSyscallError("sendto", err)
}

// Close ends the sender. Records that were sent are on their way, whatever happens to it.
func (s *Sender) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	fd := s.fd
	s.closed, s.fd = true, -1
	if fd < 0 {
		return nil
	}
	return os.NewSyscallError("close", unix.Close(fd))
}
