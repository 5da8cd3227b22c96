package control

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	goruntime "runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"qrelay/runtime/address"
	"qrelay/runtime/sock"
)

const (
	// connectTimeout bounds looking up the host; connecting a datagram socket
	// takes no time.
	connectTimeout = 20 * time.Second
	// sendTimeout bounds how long the queue of a local receiver may stay full.
	sendTimeout = 10 * time.Second
)

// A Client sends datagrams to one address. Many goroutines may use it. It needs
// no closing: the garbage collector does that.
type Client struct {
	link *link
}

// link is what the garbage collector has to close.
type link struct {
	dial dialer
	conn conn
	free chan struct{} // holds a token while nobody uses conn
}

// conn is the part of sock.Conn that is used; tests have others.
type conn interface {
	Bind(context.Context)
	Write([]byte) (int, error)
	Close() error
}

type dialer func(context.Context) (conn, error)

// dial connects a client to an address. It fails if there is no way to it, or for
// a local socket nobody listens.
func dial(ctx context.Context, to address.Address) (*Client, error) {
	return newClient(ctx, func(ctx context.Context) (conn, error) {
		c, err := sock.DialType(ctx, to, unix.SOCK_DGRAM)
		if err != nil {
			return nil, err
		}
		c.SetTimeouts(0, sendTimeout)
		return c, nil
	})
}

func newClient(ctx context.Context, dial dialer) (*Client, error) {
	conn, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	l := &link{dial: dial, conn: conn, free: make(chan struct{}, 1)}
	l.free <- struct{}{}
	c := &Client{link: l}
	goruntime.AddCleanup(c, func(l *link) { l.conn.Close() }, l)
	return c, nil
}

// Send sends one datagram. If the socket turns out to be of no use any more, as
// after a change of the network or a restart of the receiver, it is replaced once.
func (c *Client) Send(ctx context.Context, datagram []byte) error {
	defer goruntime.KeepAlive(c)
	l := c.link
	select {
	case <-l.free:
		defer func() { l.free <- struct{}{} }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	err := l.write(ctx, datagram)
	if isStale(err) {
		if err := l.reconnect(ctx); err != nil {
			return err
		}
		err = l.write(ctx, datagram)
	}
	return sendError(err)
}

func (l *link) write(ctx context.Context, datagram []byte) error {
	l.conn.Bind(ctx)
	defer l.conn.Bind(context.Background()) // the task's must not be kept
	_, err := l.conn.Write(datagram)
	return err
}

func (l *link) reconnect(ctx context.Context) error {
	fresh, err := l.dial(ctx)
	if err != nil {
		return err
	}
	l.conn.Close()
	l.conn = fresh
	return nil
}

// isStale reports whether a new socket may do better: the route or the interface
// of this one is gone (ENETUNREACH and the like; the socket keeps the source
// address that it got at its connect), or its receiver is (ECONNREFUSED: a local
// one that restarted has another socket at the same path, and for UDP it tells
// of an earlier datagram).
func isStale(err error) bool {
	var errno unix.Errno
	return errors.As(err, &errno) && slices.Contains([]unix.Errno{
		unix.ENETUNREACH, unix.EHOSTUNREACH, unix.ENETDOWN, unix.ENODEV, unix.EADDRNOTAVAIL,
		unix.ECONNREFUSED, unix.ECONNRESET, unix.ENOTCONN, unix.EPIPE,
	}, errno)
}

func sendError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, net.ErrClosed):
		err = errors.New("the client is closed")
	case errors.Is(err, sock.ErrTimeout):
		err = fmt.Errorf("the receiver has not read for %v", sendTimeout)
	}
	if call, ok := errors.AsType[*os.SyscallError](err); ok {
		err = call.Err
	}
	return fmt.Errorf("send: %w", err)
}
