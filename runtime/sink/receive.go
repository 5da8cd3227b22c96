package sink

import (
	"context"
	"errors"
	"fmt"
	"io"

	"qrelay/runtime/qmqp"
	"qrelay/runtime/sock"
)

// receive reads one request. The caller gives frame back to the pool; the
// request's message lives in it. Before an error there may be a frame as well.
func (s *Sink) receive(ctx context.Context, conn *sock.Conn) (r qmqp.Request, frame []byte, err error) {
	size, body, err := receiveHeader(conn)
	if err != nil {
		return r, nil, err
	}
	if frame, err = s.buffers.Get(ctx, int(size)+len(","), roomTimeout); err != nil {
		return r, nil, err
	}
	if len(body) > len(frame) {
		return r, frame, errors.New("bytes after the end of the request")
	}
	if _, err := io.ReadFull(conn, frame[copy(frame, body):]); err != nil {
		return r, frame, broken(err)
	}
	payload, err := qmqp.Payload(frame)
	if err == nil {
		r, err = qmqp.ParseRequest(payload)
	}
	return r, frame, err
}

// receiveHeader returns the size of the request and what came with it.
func receiveHeader(conn io.Reader) (size int64, body []byte, err error) {
	buf := make([]byte, 0, 4096)
	for {
		n, err := conn.Read(buf[len(buf):cap(buf)])
		if buf = buf[:len(buf)+n]; err != nil {
			return 0, nil, broken(err)
		}
		size, body, err = qmqp.ParseHeader(buf, maxRequest)
		if !errors.Is(err, qmqp.ErrIncomplete) {
			return size, body, err
		}
	}
}

func broken(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the client closed the connection before the end of its request")
	}
	return fmt.Errorf("receiving the request: %w", err)
}
