package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"qrelay/runtime/address"
	"qrelay/runtime/qmqp"
	"qrelay/runtime/sock"
)

// A hop is the next hop: it reads mails, forgets them and accepts them. It is
// not "qrelay sink" because that prints a line per mail.
type hop struct {
	address  string
	listener *sock.Listener
	buffers  sync.Pool
	clients  sync.WaitGroup
	gate     atomic.Pointer[chan struct{}] // replies wait until it is closed
	waiting  atomic.Int64
}

func newHop(ctx context.Context, path string) (*hop, error) {
	a, err := address.Parse(path, 0)
	if err != nil {
		return nil, err
	}
	listener, err := sock.Listen(a)
	if err != nil {
		return nil, err
	}
	h := &hop{address: path, listener: listener}
	h.buffers.New = func() any { return new([64 << 10]byte) }
	h.clients.Go(func() { h.accept(ctx) })
	return h, nil
}

// hold makes mails wait for their replies until the returned function is
// called.
func (h *hop) hold() (release func()) {
	gate := make(chan struct{})
	h.gate.Store(&gate)
	return sync.OnceFunc(func() {
		h.gate.Store(nil)
		close(gate)
	})
}

func (h *hop) accept(ctx context.Context) {
	for {
		conn, err := h.listener.Accept()
		if err != nil {
			return
		}
		h.clients.Go(func() { h.serve(ctx, conn) })
	}
}

func (h *hop) serve(ctx context.Context, conn *sock.Conn) {
	defer conn.Close()
	conn.Bind(ctx)
	if h.receive(conn) != nil {
		return // the client reports it
	}
	if gate := h.gate.Load(); gate != nil {
		h.waiting.Add(1)
		defer h.waiting.Add(-1)
		select {
		case <-*gate:
		case <-ctx.Done():
			return
		}
	}
	_, _ = conn.Write([]byte("3:Kok,")) // the client reports it
}

// receive reads one request and forgets it.
func (h *hop) receive(conn *sock.Conn) error {
	buf := h.buffers.Get().(*[64 << 10]byte)
	defer h.buffers.Put(buf)
	have := 0
	for {
		n, err := conn.Read(buf[have:])
		if err != nil {
			return err
		}
		have += n
		size, body, err := qmqp.ParseHeader(buf[:have], 1<<30)
		if errors.Is(err, qmqp.ErrIncomplete) {
			continue
		}
		if err != nil {
			return err
		}
		for rest := size + 1 - int64(len(body)); rest > 0; rest -= int64(n) {
			if n, err = conn.Read(buf[:]); err != nil {
				return err
			}
		}
		return nil
	}
}

func (h *hop) close() {
	h.listener.Close()
	h.clients.Wait()
}
