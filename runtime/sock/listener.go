package sock

import (
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"qrelay/runtime/address"
)

// Listener accepts stream connections.
type Listener struct {
	addr   address.Address
	family int
	file   *os.File
	raw    syscall.RawConn
	closed atomic.Bool
	socket *socketFile // nil: none, or not ours
}

// Listen binds a stream socket and listens on it with the longest backlog
// that the kernel allows (net.core.somaxconn).
//
// A local socket's file gets mode 0666; whatever was at its path before is
// replaced in one step, except a directory. "[::]" also takes IPv4 connections unless the
// system says otherwise (ipv6(7), IPV6_V6ONLY). Port 0 takes a free one, which
// Addr tells. Errors begin with "listen ADDRESS: ".
func Listen(addr address.Address) (*Listener, error) {
	l, err := listen(addr)
	if err != nil {
		return nil, fmt.Errorf("listen %s: %w", addr, err)
	}
	return l, nil
}

func listen(addr address.Address) (*Listener, error) {
	fd, err := newSocket(addr, unix.SOCK_STREAM)
	if err != nil {
		return nil, err
	}
	var file *socketFile
	if path := addr.Path(); path != "" {
		file, err = listenFile(fd, addr)
	} else if err = bindIP(fd, addr); err == nil {
		err = listenLong(fd)
	}
	if err != nil {
		file.remove()
		unix.Close(fd)
		return nil, err
	}
	l, err := newListener(fd)
	if err != nil {
		file.remove()
		return nil, err
	}
	if file != nil {
		l.socket, l.addr = file, addr
	}
	return l, nil
}

// listenLong listens with the longest backlog that there can be.
func listenLong(fd int) error {
	return os.NewSyscallError("listen", unix.Listen(fd, math.MaxInt32))
}

// bindIP is for abstract sockets too, which just do not have these options.
func bindIP(fd int, addr address.Address) error {
	if addr.Family() != unix.AF_UNIX {
		// A restarted daemon must not wait for old connections to be forgotten
		// (TIME_WAIT, tcp(7)).
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
			return os.NewSyscallError("setsockopt SO_REUSEADDR", err)
		}
		keepAlive(fd)
	}
	return addr.Bind(fd)
}

// keepAlive makes the connections that come out of a listening socket notice
// within two minutes that their peer, which had only to wait for the reply,
// is gone without a word (tcp(7)). That is a help, not a need: errors do not
// matter.
func keepAlive(fd int) {
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
	unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 30)
	unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 10)
	unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 3)
}

// newListener takes over a listening non-blocking socket, also if it fails.
func newListener(fd int) (*Listener, error) {
	sa, err := unix.Getsockname(fd)
	if err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("getsockname", err)
	}
	// A server's connections will have to wait, also when there are no
	// descriptors left.
	if err := thePoller.prepare(); err != nil {
		unix.Close(fd)
		return nil, err
	}
	addr := address.FromSockaddr(sa)
	file := os.NewFile(uintptr(fd), "listener")
	raw, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return nil, err
	}
	return &Listener{addr: addr, family: addr.Family(), file: file, raw: raw}, nil
}

// Addr returns the address that the socket is bound to.
func (l *Listener) Addr() address.Address { return l.addr }

// Replaced tells whether Listen took the path of another process that was
// listening there: it goes on, but nobody reaches it any more.
func (l *Listener) Replaced() bool { return l.socket != nil && l.socket.replaced }

// Accept waits for a connection and returns it. After Close it returns
// net.ErrClosed; an error for which IsTemporary holds should be met with a
// short pause.
func (l *Listener) Accept() (*Conn, error) {
	for {
		fd, peer, err := l.accept()
		switch {
		case err == nil:
			return newConn(fd, peer), nil
		case l.closed.Load():
			return nil, net.ErrClosed
		case !passing(err):
			return nil, fmt.Errorf("accept on %s: %w", l.addr, err)
		}
	}
}

// passing tells whether an error belongs to one connection that failed before
// it was accepted, so that the next one is due (accept(2), "Error handling").
func passing(err error) bool {
	switch err {
	case unix.EINTR, unix.ECONNABORTED, unix.EPROTO, unix.EPERM, unix.ENETDOWN, unix.ENOPROTOOPT,
		unix.EHOSTDOWN, unix.ENONET, unix.EHOSTUNREACH, unix.ENETUNREACH, unix.ETIMEDOUT:
		return true
	}
	return false
}

func (l *Listener) accept() (fd int, peer address.Address, err error) {
	waited := l.raw.Read(func(listener uintptr) bool {
		fd, peer, err = l.accept4(int(listener))
		return err != unix.EAGAIN
	})
	if waited != nil {
		return -1, peer, waited
	}
	return fd, peer, err
}

func (l *Listener) accept4(listener int) (int, address.Address, error) {
	if l.family == unix.AF_UNIX { // clients have no name here
		fd, err := acceptSocket(listener)
		return fd, address.Address{}, err
	}
	fd, sa, err := unix.Accept4(listener, acceptFlags)
	if err != nil {
		return -1, address.Address{}, err
	}
	return fd, address.FromSockaddr(sa), nil
}

// Close stops listening and removes the socket's file if it is still the one
// that Listen made. A pending Accept returns net.ErrClosed, as does a second
// Close.
func (l *Listener) Close() error {
	if l.closed.Swap(true) {
		return net.ErrClosed
	}
	return errors.Join(l.socket.remove(), l.file.Close())
}
