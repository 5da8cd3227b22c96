package sock

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"qrelay/runtime/address"
)

// Dial connects a stream socket. ctx bounds the connecting alone; its cause
// is the error when it ends first. Errors begin with "connect ADDRESS: ".
func Dial(ctx context.Context, addr address.Address) (*Conn, error) {
	return DialTimeout(ctx, addr, 0)
}

// DialTimeout is Dial that returns ErrTimeout when it has taken so long; 0
// means without limit. It is cheaper than a context of its own, as connecting
// mostly takes no time.
func DialTimeout(ctx context.Context, addr address.Address, timeout time.Duration) (*Conn, error) {
	return dial(ctx, addr, unix.SOCK_STREAM, timeout)
}

// DialType is Dial for a socket of another type, such as unix.SOCK_DGRAM or
// unix.SOCK_SEQPACKET.
func DialType(ctx context.Context, addr address.Address, socketType int) (*Conn, error) {
	return dial(ctx, addr, socketType, 0)
}

func dial(ctx context.Context, addr address.Address, socketType int, timeout time.Duration) (*Conn, error) {
	c, err := open(ctx, addr, socketType, timeout)
	if err != nil {
		return nil, fmt.Errorf("connect %s: %w", addr, err)
	}
	return c, nil
}

func open(ctx context.Context, addr address.Address, socketType int, timeout time.Duration) (*Conn, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	fd, err := newSocket(addr, socketType)
	if err != nil {
		return nil, err
	}
	c := newConn(fd, addr)
	if err := c.connect(ctx, timeout); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func newSocket(addr address.Address, socketType int) (int, error) {
	fd, err := unix.Socket(addr.Family(), socketType|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if addr.Family() != unix.AF_UNIX && socketType == unix.SOCK_STREAM {
		// One request, one reply, each written at once: waiting for more to
		// fill a segment (RFC 896) only adds delay.
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	}
	chooseInterface(fd, addr)
	return fd, nil
}

func (c *Conn) connect(ctx context.Context, timeout time.Duration) error {
	err := connectSocket(c.fd, c.peer)
	if err == nil {
		return nil
	}
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, timeout, ErrTimeout)
		defer cancel()
	}
	return c.connectLater(ctx, err)
}

// connectLater goes on after a connect(2) that ended with err.
func (c *Conn) connectLater(ctx context.Context, err error) error {
	for delay := 50 * time.Microsecond; ; delay = min(2*delay, 20*time.Millisecond) {
		switch {
		case err == nil || err == unix.EISCONN:
			return nil
		case err == unix.EINTR || err == unix.EINPROGRESS || err == unix.EALREADY:
			return c.awaitConnected(ctx)
		case err == unix.EAGAIN && c.peer.Family() == unix.AF_UNIX:
			// The listener's backlog is full (connect(2)). No event will tell
			// when there is room again.
			if err := pause(ctx, delay); err != nil {
				return err
			}
		default:
			return err
		}
		err = connectSocket(c.fd, c.peer)
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// awaitConnected waits for the end of a connect(2) that goes on in the
// background.
func (c *Conn) awaitConnected(ctx context.Context) error {
	if done, err := connected(c.fd); done {
		return err
	}
	c.Bind(ctx)
	defer c.Bind(context.Background())
	w := c.newWait(forWriting, 0)
	for {
		if err := w.more(); err != nil {
			return err
		}
		if done, err := connected(c.fd); done {
			return err
		}
	}
}

// connected asks for the outcome. SO_ERROR is 0 also before there is one;
// only a connected socket has a peer.
func connected(fd int) (done bool, err error) {
	errno, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return true, os.NewSyscallError("getsockopt", err)
	}
	switch unix.Errno(errno) {
	case unix.EINPROGRESS, unix.EALREADY, unix.EINTR:
		return false, nil
	case unix.EISCONN:
		return true, nil
	case 0:
		_, err := unix.Getpeername(fd)
		return err == nil, nil
	}
	return true, unix.Errno(errno)
}
