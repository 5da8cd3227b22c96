package socket

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"qrelay/runtime/address"
	"qrelay/runtime/sock"
)

const (
	// connectTimeout bounds how long connect may take, looking up the host
	// included; the relay's own connections have the same limit.
	connectTimeout = 20 * time.Second
	// sendTimeout bounds how long a peer may not read before send gives up. The
	// whole of send may take longer if there is progress.
	sendTimeout = 10 * time.Second
)

// A Socket is a connected socket. Many goroutines may use it.
type Socket struct {
	conn    *sock.Conn
	sending chan struct{} // holds a token while somebody sends
}

// dial connects to the first of the addresses that accepts it. The error is the
// first one's: the others are fallbacks.
func dial(ctx context.Context, to []address.Address, socketType int) (*Socket, error) {
	var first error
	for _, a := range to {
		conn, err := sock.DialType(ctx, a, socketType)
		if err == nil {
			conn.SetTimeouts(0, sendTimeout)
			return &Socket{conn: conn, sending: make(chan struct{}, 1)}, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// Send sends all of data, on a datagram or seqpacket socket as one datagram. It
// waits for its turn if others are sending, and for the peer to read. After an
// error on a stream some of the data may have been sent; the error says how much.
func (s *Socket) Send(ctx context.Context, data []byte) (int, error) {
	select {
	case s.sending <- struct{}{}:
		defer func() { <-s.sending }()
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	s.conn.Bind(ctx)
	defer s.conn.Bind(context.Background()) // the task's must not be kept
	n, err := s.conn.Write(data)
	if err != nil {
		return n, sendError(s.conn.Peer(), err, n, len(data))
	}
	return n, nil
}

// Close ends the connection; pending and later sends fail. Closing twice does no harm.
func (s *Socket) Close() { s.conn.Close() }

func sendError(to address.Address, err error, sent, size int) error {
	switch {
	case errors.Is(err, net.ErrClosed):
		err = errors.New("the socket is closed")
	case errors.Is(err, sock.ErrTimeout):
		err = fmt.Errorf("the peer has not read for %v", sendTimeout)
	}
	if call, ok := errors.AsType[*os.SyscallError](err); ok {
		err = call.Err
	}
	if sent > 0 {
		return fmt.Errorf("send %s: %w (%d of %d bytes were sent)", to, err, sent, size)
	}
	return fmt.Errorf("send %s: %w", to, err)
}
