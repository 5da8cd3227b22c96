package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"qrelay/runtime/buffer"
	"qrelay/runtime/qmqp"
)

// firstRead is how much is read before the size of a request is known. A
// request that fits is not copied anywhere else.
const firstRead = 8 << 10

var firstBuffers = sync.Pool{New: func() any { return new([firstRead]byte) }}

// leastRate is how many bytes per second a client has to send on average once
// its time to hurry has come: half a megabit per second, less than any line has
// on which mails of this size are sent.
const leastRate = 64 << 10

var (
	errGarbage = errors.New("bytes after the end of the request")
	// errSlow is for clients what a full memory is.
	errSlow = fmt.Errorf("the client sends too slowly while others wait: %w", buffer.ErrFull)
)

// receive reads the request and returns the payload of its netstring. The
// memory is given back by release.
func (x *exchange) receive(ctx context.Context) ([]byte, error) {
	x.conn.SetTimeouts(x.server.limits.receive, 0)
	x.conn.Bind(ctx)
	x.first = firstBuffers.Get().(*[firstRead]byte)
	if err := x.admit(); err != nil {
		return nil, err
	}
	size, body, err := x.receiveHeader(x.first[:])
	if err != nil {
		return nil, err
	}
	x.received = uint64(size)
	x.seen.sized(x.received)
	if err := x.admitBytes(size); err != nil {
		return nil, err
	}
	frame, err := x.memory(ctx, body, int(size)+frameExtra)
	if err != nil {
		return nil, err
	}
	return x.receiveBody(frame, len(body))
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

// frameExtra is what a frame has beyond the payload: the comma, and a byte that
// stays unused if nothing follows.
const frameExtra = len(",") + 1

// memory returns a frame of size bytes that begins with body. It is what
// follows body in its buffer if that is enough. When all messages together have
// taken what they may, it waits.
func (x *exchange) memory(ctx context.Context, body []byte, size int) (frame []byte, err error) {
	if size <= cap(body) {
		return body[:size], nil
	}
	if x.frame, err = x.server.buffers.Get(ctx, size, x.server.limits.room); err != nil {
		return nil, err
	}
	copy(x.frame, body)
	x.releaseFirst()
	return x.frame, nil
}

// receiveBody reads the rest of a frame that has n bytes already, and returns
// the payload. What comes after it is an error if it is there already.
//
// A client may take its time, as long as it sends something (limits.receive).
// But one that holds memory which others wait for must not dawdle, or a few of
// them that send a byte now and then would keep all others out.
func (x *exchange) receiveBody(frame []byte, n int) ([]byte, error) {
	began := time.Now()
	need := len(frame) - 1
	for n < need {
		k, err := x.conn.Read(frame[n:])
		if n += k; err != nil {
			return nil, endOf(err, n)
		}
		if x.frame != nil && n < need && x.server.buffers.Scarce() && x.dawdles(n, time.Since(began)) {
			x.releaseFrame() // before anybody waits for this client again
			return nil, errSlow
		}
	}
	if n > need {
		return nil, errGarbage
	}
	return qmqp.Payload(frame[:need])
}

// dawdles tells whether a client has sent too little for the time it took.
func (x *exchange) dawdles(bytes int, took time.Duration) bool {
	return took > x.server.limits.hurry && float64(bytes) < took.Seconds()*leastRate
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
	x.releaseFrame()
	x.releaseFirst()
}

func (x *exchange) releaseFirst() {
	if x.first != nil {
		firstBuffers.Put(x.first)
		x.first = nil
	}
}

func (x *exchange) releaseFrame() {
	if x.frame != nil {
		x.server.buffers.Put(x.frame)
		x.frame = nil
	}
}

// scratch is memory of the exchange that is no longer needed for the request.
func (x *exchange) scratch() []byte {
	if x.frame != nil {
		return x.frame
	}
	if x.first == nil {
		x.first = firstBuffers.Get().(*[firstRead]byte)
	}
	return x.first[:]
}

// drain reads what a refused client still sends, so that it gets to read the
// reply instead of an error: closing a socket with unread input resets it.
func (x *exchange) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, x.server.limits.drain)
	defer cancel()
	_ = x.conn.CloseWrite() // fails if the client is gone, as the next read will
	x.conn.SetTimeouts(0, 0)
	x.conn.Bind(ctx)
	scratch := x.scratch()
	for ctx.Err() == nil { // a client may send faster than we read
		if _, err := x.conn.Read(scratch); err != nil {
			return
		}
	}
}
