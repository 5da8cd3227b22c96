package submit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"qrelay/runtime/address"
	"qrelay/runtime/qmqp"
	"qrelay/runtime/sock"
)

const (
	// connectTimeout bounds resolving and connecting to each address.
	connectTimeout = 20 * time.Second
	// progressTimeout is how long the server may take nothing of the message.
	progressTimeout = time.Minute
	// defaultTimeout is how long the server may take to answer: it may have to
	// run programs and ask further servers. SMTP grants as much at this point
	// (RFC 5321 4.5.3.2.6).
	defaultTimeout = 10 * time.Minute
	// lateTimeout is how long an answer is waited for once sending has failed.
	// A server that refuses a mail while it still comes in has answered before.
	lateTimeout = 5 * time.Second
)

// send hands one mail over and returns the server's answer.
func send(ctx context.Context, server string, timeout time.Duration, m *message, sender string, recipients []string) (qmqp.Response, error) {
	conn, err := connect(ctx, server)
	if err != nil {
		return qmqp.Response{}, err
	}
	defer conn.Close()
	conn.Bind(ctx)
	conn.SetTimeouts(timeout, progressTimeout)

	source := &source{r: m}
	w := bufio.NewWriterSize(conn, 64*1024)
	writeErr := qmqp.WriteRequest(w, source, m.size, sender, recipients)
	if writeErr == nil {
		writeErr = w.Flush()
	}
	if source.err == nil && errors.Is(writeErr, io.ErrUnexpectedEOF) {
		source.err = errors.New("it became shorter while it was read")
	}
	if source.err != nil {
		return qmqp.Response{}, fmt.Errorf("read the message: %w", source.err)
	}
	if writeErr != nil {
		conn.SetTimeouts(lateTimeout, lateTimeout)
	}
	response, err := qmqp.ReadResponse(conn)
	if err != nil {
		return qmqp.Response{}, fmt.Errorf("%s: %w", server, explain(writeErr, err))
	}
	return response, nil
}

// connect tries all addresses of a server, one after the other. A path may be
// relative here, unlike in a configuration.
func connect(ctx context.Context, server string) (*sock.Conn, error) {
	resolving, cancel := context.WithTimeoutCause(ctx, connectTimeout, sock.ErrTimeout)
	defer cancel()
	server, err := address.Absolute(server)
	if err != nil {
		return nil, err
	}
	addresses, err := address.ResolveAll(resolving, server, qmqp.DefaultPort)
	if err != nil {
		return nil, err
	}
	var failed error
	for _, a := range addresses {
		conn, err := connectOne(ctx, a)
		if err == nil {
			return conn, nil
		}
		failed = errors.Join(failed, err)
	}
	return nil, failed
}

func connectOne(ctx context.Context, a address.Address) (*sock.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, connectTimeout, sock.ErrTimeout)
	defer cancel()
	return sock.Dial(ctx, a)
}

// explain says what went wrong with a connection whose answer could not be
// read. A message that could not be sent is the more interesting half.
func explain(writeErr, readErr error) error {
	var timeout net.Error
	switch {
	case writeErr != nil:
		return fmt.Errorf("the connection broke before the mail was sent: %w", writeErr)
	case errors.Is(readErr, io.ErrUnexpectedEOF):
		return errors.New("the server closed the connection without an answer")
	case errors.As(readErr, &timeout) && timeout.Timeout():
		return errors.New("the server did not answer in time")
	}
	return readErr
}

// A source remembers why the message could not be read, to tell that from a
// connection that could not be written to.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}
