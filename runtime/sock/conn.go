package sock

import (
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"qrelay/runtime/address"
)

// Conn is one end of a connection. One goroutine may read while another
// writes; Close may be called at any time. A Conn must be closed: the garbage
// collector does not do it.
type Conn struct {
	fd   int
	peer address.Address
	// refs counts the operations that use fd at the moment; the bit closing
	// says that no more may begin. Whoever brings it down to closing alone
	// closes fd, so that a late system call never hits a reused number.
	refs atomic.Int64

	readTimeout, writeTimeout time.Duration

	parking
}

const closing = 1 << 62

// newConn takes over a non-blocking socket.
func newConn(fd int, peer address.Address) *Conn { return &Conn{fd: fd, peer: peer} }

// SetTimeouts limits how long one Read may wait for the first byte, and how
// long a Write may make no progress. 0 means without limit. It must not be
// called while the Conn is in use by another goroutine.
func (c *Conn) SetTimeouts(read, write time.Duration) {
	c.readTimeout, c.writeTimeout = read, write
}

// Read reads what is there, waiting for the first byte. At the end of the
// stream it returns io.EOF; after too long a wait ErrTimeout, after the end of
// Bind's context its cause, after Close net.ErrClosed.
func (c *Conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if !c.acquire() {
		return 0, net.ErrClosed
	}
	defer c.release()
	n, err := read(c.fd, p)
	if err == unix.EAGAIN {
		// Under load, what other goroutines have to do takes as long as most
		// peers need to answer. A tenth of the CPU time of a mail is saved if
		// that comes first and waiting only then.
		runtime.Gosched()
		n, err = read(c.fd, p)
	}
	if err == unix.EAGAIN {
		n, err = c.readLater(p)
	}
	if n == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}

func (c *Conn) readLater(p []byte) (n int, err error) {
	w := c.newWait(forReading, c.readTimeout)
	for {
		if err := w.more(); err != nil {
			return 0, err
		}
		if n, err = read(c.fd, p); err != unix.EAGAIN {
			return n, err
		}
	}
}

// Write sends all of p and returns less than its length only with an error,
// which is one of those of Read or, for a peer that went away, EPIPE or
// ECONNRESET. On a datagram socket it sends one datagram.
func (c *Conn) Write(p []byte) (int, error) {
	n, err := c.Writev(p)
	return int(n), err
}

// Writev sends all buffers one after the other with as few system calls as
// the kernel allows. It does not change them. The number of bytes sent is
// right also with an error.
func (c *Conn) Writev(buffers ...[]byte) (int64, error) {
	if !c.acquire() {
		return 0, net.ErrClosed
	}
	defer c.release()
	var sent int64
	rest := buffers
	for own := false; ; own = true {
		n, err := send(c.fd, rest)
		if err == unix.EAGAIN {
			n, err = c.sendLater(rest)
		}
		sent += int64(n)
		if err != nil {
			return sent, err
		}
		if !own && !complete(rest, n) {
			rest = slices.Clone(rest)
		}
		if rest = advance(rest, n); len(rest) == 0 {
			return sent, nil
		}
	}
}

func (c *Conn) sendLater(buffers [][]byte) (n int, err error) {
	w := c.newWait(forWriting, c.writeTimeout)
	for {
		if err := w.more(); err != nil {
			return 0, err
		}
		if n, err = send(c.fd, buffers); err != unix.EAGAIN {
			return n, err
		}
	}
}

// complete tells whether n bytes are all that buffers hold.
func complete(buffers [][]byte, n int) bool {
	for _, b := range buffers {
		n -= len(b)
	}
	return n == 0
}

// advance drops the first n bytes, changing the outer slice, and empty
// buffers at the front.
func advance(buffers [][]byte, n int) [][]byte {
	for len(buffers) > 0 && n >= len(buffers[0]) {
		n -= len(buffers[0])
		buffers = buffers[1:]
	}
	if n > 0 {
		buffers[0] = buffers[0][n:]
	}
	return buffers
}

// CloseWrite tells the peer that nothing more comes; reading goes on.
func (c *Conn) CloseWrite() error {
	if !c.acquire() {
		return net.ErrClosed
	}
	defer c.release()
	return os.NewSyscallError("shutdown", unix.Shutdown(c.fd, unix.SHUT_WR))
}

// Close ends the connection; pending reads and writes fail with
// net.ErrClosed, as does every later call, Close included.
func (c *Conn) Close() error {
	for {
		old := c.refs.Load()
		if old&closing != 0 {
			return net.ErrClosed
		}
		if c.refs.CompareAndSwap(old, (old|closing)+1) {
			if old > 0 {
				c.wake()
			}
			c.release()
			return nil
		}
	}
}

// acquire keeps fd open until release; it fails after Close.
func (c *Conn) acquire() bool {
	for {
		old := c.refs.Load()
		if old&closing != 0 {
			return false
		}
		if c.refs.CompareAndSwap(old, old+1) {
			return true
		}
	}
}

func (c *Conn) release() {
	if c.refs.Add(-1) == closing {
		c.destroy()
	}
}

func (c *Conn) closed() bool { return c.refs.Load()&closing != 0 }
