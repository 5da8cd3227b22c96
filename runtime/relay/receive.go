package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"qrelay/runtime/qmqp"
)

// firstRead is how much is read before the size of a request is known. A
// request that fits is not copied anywhere else.
const firstRead = 8 << 10

var firstBuffers = sync.Pool{New: func() any { return new([firstRead]byte) }}

var errGarbage = errors.New("bytes after the end of the request")

// receive reads the request and returns the payload of its netstring. The
// memory is given back by release.
func (x *exchange) receive(ctx context.Context) ([]byte, error) {
	x.conn.SetTimeouts(receiveTimeout, answerTimeout)
	x.conn.Bind(ctx)
	first := firstBuffers.Get().(*[firstRead]byte)
	x.first = first
	size, body, err := x.receiveHeader(first[:])
	if err != nil {
		return nil, err
	}
	x.received = uint64(size)
	need := int(size) + len(",")
	if len(body) > need {
		return nil, errGarbage
	}
	frame := body[:min(need, cap(body))]
	if need > cap(body) {
		if frame, err = x.server.buffers.Get(ctx, need); err != nil {
			return nil, err
		}
		x.frame = frame
		copy(frame, body)
	}
	if err := x.receiveBody(frame, len(body)); err != nil {
		return nil, err
	}
	return qmqp.Payload(frame)
}

// receiveHeader reads until the length is known; body is what came after it.
func (x *exchange) receiveHeader(buf []byte) (size int64, body []byte, err error) {
	for n := 0; ; {
		k, err := x.conn.Read(buf[n:])
		if n += k; err != nil {
			return 0, nil, endOf(err, n)
		}
		size, body, err = qmqp.ParseHeader(buf[:n], x.listener.maxSize)
		if !errors.Is(err, qmqp.ErrIncomplete) {
			return size, body, err
		}
	}
}

// receiveBody fills the rest of a frame that has n bytes already.
func (x *exchange) receiveBody(frame []byte, n int) error {
	for n < len(frame) {
		k, err := x.conn.Read(frame[n:])
		if n += k; err != nil {
			return endOf(err, n)
		}
	}
	return nil
}

// endOf makes the error of a request that ends too early.
func endOf(err error, n int) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("the client closed the connection after %d bytes of the request", n)
	}
	return fmt.Errorf("receiving the request: %w", err)
}

// release gives the memory of the request back.
func (x *exchange) release() {
	if x.frame != nil {
		x.server.buffers.Put(x.frame)
		x.frame = nil
	}
	if x.first != nil {
		firstBuffers.Put(x.first)
		x.first = nil
	}
}

// drain reads what a refused client still sends, so that it gets to read the
// reply instead of an error: closing a socket with unread input resets it.
func (x *exchange) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, drainTimeout)
	defer cancel()
	_ = x.conn.CloseWrite()
	x.conn.SetTimeouts(time.Second, 0)
	x.conn.Bind(ctx)
	buf := firstBuffers.Get().(*[firstRead]byte)
	defer firstBuffers.Put(buf)
	for {
		if _, err := x.conn.Read(buf[:]); err != nil {
			return
		}
	}
}
