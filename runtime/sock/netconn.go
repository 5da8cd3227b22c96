package sock

import (
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// A NetConn is a stream socket of package net that reads and writes without
// telling the scheduler, as a Conn does. It is for connections that live long
// and for libraries that want a net.Conn: waiting, deadlines, errors and
// concurrent use are package net's.
type NetConn struct {
	net.Conn
	raw syscall.RawConn
}

// NewNetConn takes over a TCP or unix socket of package net. Another net.Conn,
// one that is no socket, is an error.
func NewNetConn(conn net.Conn) (*NetConn, error) {
	s, ok := conn.(syscall.Conn)
	if !ok {
		return nil, fmt.Errorf("%T is not a socket", conn)
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &NetConn{conn, raw}, nil
}

// SyscallConn gives access to the descriptor, for socket options.
func (c *NetConn) SyscallConn() (syscall.RawConn, error) { return c.raw, nil }

// Read reads what is there, waiting for the first byte.
func (c *NetConn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	t := transfer{p: p}
	failure := c.raw.Read(t.read)
	if failure == nil && t.n == 0 && t.err == nil {
		return 0, io.EOF
	}
	return t.n, c.failed("read", failure, t.err)
}

// Write sends all of p and returns less than its length only with an error.
func (c *NetConn) Write(p []byte) (int, error) {
	t := transfer{p: p}
	failure := c.raw.Write(t.write)
	return t.n, c.failed("write", failure, t.err)
}

// A transfer is one Read or Write: n bytes of p were read or written. Its
// methods try, and return false if the socket must be waited for.
type transfer struct {
	p       []byte
	n       int
	err     error
	yielded bool
}

func (t *transfer) read(fd uintptr) bool {
	t.n, t.err = read(int(fd), t.p)
	if t.err == unix.EAGAIN && !t.yielded { // see Conn.Read
		t.yielded = true
		runtime.Gosched()
		t.n, t.err = read(int(fd), t.p)
	}
	return t.err != unix.EAGAIN
}

func (t *transfer) write(fd uintptr) bool {
	for t.n < len(t.p) {
		n, err := sendOne(int(fd), t.p[t.n:])
		t.n += n
		if err == unix.EAGAIN {
			return false
		}
		if err != nil {
			t.err = err
			return true
		}
	}
	return true
}

// failed makes the error of package net for an operation that failed before
// its system call, or in it.
func (c *NetConn) failed(op string, failure, err error) error {
	if failure != nil {
		err = failure
		if e := (*net.OpError)(nil); errors.As(failure, &e) { // "raw-read"
			err = e.Err
		}
	}
	if err == nil {
		return nil
	}
	local := c.LocalAddr()
	return &net.OpError{Op: op, Net: local.Network(), Source: local, Addr: c.RemoteAddr(), Err: err}
}

// Pending reports whether there is something to read, or the end, without
// reading it or waiting. A connection that failed is at its end.
func (c *NetConn) Pending() (pending, closed bool) {
	var n int
	var err error
	failure := c.raw.Read(func(fd uintptr) bool {
		n, err = peek(int(fd))
		return true
	})
	switch {
	case failure != nil:
		return false, true
	case err == unix.EAGAIN:
		return false, false
	case err != nil || n == 0:
		return false, true
	}
	return true, false
}
