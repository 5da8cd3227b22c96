package sink

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"qrelay/runtime/address"
	"qrelay/runtime/buffer"
	"qrelay/runtime/qmqp"
	"qrelay/runtime/sock"
)

const (
	// maxRequest is the largest max_size that the daemon can be told, and the
	// most bytes that are in memory at a time.
	maxRequest = 1 << 30
	// idleTimeout is how long a client may send nothing, or take nothing of the
	// answer.
	idleTimeout = time.Minute
	// roomTimeout is how long a mail waits for others to leave room in memory.
	roomTimeout = 30 * time.Second
	// DefaultGrace is how long mails in progress may go on when the sink ends.
	DefaultGrace = 5 * time.Second
)

// Options say how a sink behaves.
type Options struct {
	// Address is what to listen on: a path, @name, or IP address and port.
	Address string
	// Store keeps the mails; nil means Discard.
	Store Store
	// Defer, Reject and Drop are the parts of the mails that are answered
	// with Z or D, or not at all. None of these is stored.
	Defer, Reject, Drop Share
	// Delay is added to each mail before anything is done with it.
	Delay time.Duration
	// Count ends the sink after so many mails; 0 means never. Those that are
	// in progress at this moment are still served.
	Count int
	// Grace is how long mails in progress may go on at the end; 0 means
	// DefaultGrace.
	Grace time.Duration
	// Out gets a line per mail and a summary.
	Out io.Writer
}

// A Sink listens and keeps mails.
type Sink struct {
	options  Options
	listener *sock.Listener
	buffers  *buffer.Pool
	dealer   *dealer
	report   report
	stop     context.CancelFunc // stops accepting
}

// Listen makes a sink. Clients can connect from now on; they are served by
// [Sink.Run].
func Listen(ctx context.Context, o Options) (*Sink, error) {
	if o.Defer+o.Reject+o.Drop > whole {
		return nil, errors.New("the shares to defer, reject and drop are more than 100% together")
	}
	if o.Count < 0 || o.Delay < 0 || o.Grace < 0 {
		return nil, errors.New("count, delay and grace must not be negative")
	}
	if o.Store == nil {
		o.Store = Discard{}
	}
	o.Grace = cmp.Or(o.Grace, DefaultGrace)
	addr, err := address.ResolveListen(ctx, o.Address, qmqp.DefaultPort)
	if err != nil {
		return nil, err
	}
	listener, err := sock.Listen(addr)
	if err != nil {
		return nil, err
	}
	return &Sink{
		options: o, listener: listener, buffers: buffer.New(maxRequest + 1),
		dealer: newDealer(o.Defer, o.Reject, o.Drop),
		report: report{w: o.Out},
	}, nil
}

// Addr is where it listens, with the port that was found if 0 was asked for.
func (s *Sink) Addr() address.Address { return s.listener.Addr() }

// Run serves clients until ctx ends or enough mails have come, prints the
// summary and returns it. It must be called once; it closes the listener.
func (s *Sink) Run(ctx context.Context) (Summary, error) {
	s.report.started = time.Now()
	fmt.Fprintf(s.options.Out, "listening on %s\n", s.Addr())
	serving, cut := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cut(nil)
	accepting, stop := context.WithCancel(ctx)
	s.stop = stop

	var clients, closer sync.WaitGroup
	var closeErr error
	closer.Go(func() {
		<-accepting.Done()
		closeErr = s.listener.Close()
	})
	err := s.accept(serving, &clients)
	stop()
	closer.Wait()

	timer := time.AfterFunc(s.options.Grace, func() { cut(errors.New("the sink is ending")) })
	clients.Wait()
	timer.Stop()
	s.buffers.Close()
	return s.report.end(), errors.Join(err, closeErr)
}

// accept starts a goroutine per client until the listener is closed.
func (s *Sink) accept(ctx context.Context, clients *sync.WaitGroup) error {
	for {
		conn, err := s.listener.Accept()
		switch {
		case err == nil:
			clients.Go(func() { s.serve(ctx, conn) })
		case sock.IsTemporary(err):
			pause(ctx, 50*time.Millisecond)
		case errors.Is(err, net.ErrClosed):
			return nil
		default:
			return err
		}
	}
}

// pause waits, but not beyond the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// serve handles one client.
func (s *Sink) serve(ctx context.Context, conn *sock.Conn) {
	defer conn.Close()
	conn.Bind(ctx)
	conn.SetTimeouts(idleTimeout, idleTimeout)
	request, frame, err := s.receive(ctx, conn)
	if frame != nil {
		defer s.buffers.Put(frame)
	}
	if err != nil {
		s.report.broken(err)
		return
	}
	answer := s.handle(ctx, request)
	if answer != nil {
		if _, err := conn.Write(answer.Append(nil)); err != nil {
			s.report.broken(fmt.Errorf("answering: %w", err))
		}
	}
	if s.report.mail(request, answer) == s.options.Count {
		s.stop()
	}
}

// handle decides about one mail. nil means that it gets no answer.
func (s *Sink) handle(ctx context.Context, r qmqp.Request) *qmqp.Response {
	if s.options.Delay > 0 {
		pause(ctx, s.options.Delay)
	}
	var answer qmqp.Response
	switch s.dealer.next() {
	case dropped:
		return nil
	case deferred:
		answer = qmqp.Deferred("deferred by the sink")
	case rejected:
		answer = qmqp.Rejected("rejected by the sink")
	case store:
		text, err := s.options.Store.Store(ctx, r)
		if err != nil {
			answer = qmqp.Deferred(err.Error())
		} else {
			answer = qmqp.Accepted(text)
		}
	}
	return &answer
}
