package relay

import (
	"errors"
	"net"
	"time"

	"qrelay/runtime/sock"
)

// maxIdleWorkers is how many workers of a listener wait for the next
// connection. A worker's stack has grown to what serving a mail needs, which
// costs a new goroutine a tenth of its time.
const maxIdleWorkers = 64

// work accepts connections and serves them, one after the other. Whoever has
// the listener's turn accepts, and passes the turn on before it serves. So a
// connection is never handed over, which would take the time to wake somebody,
// and there is always a worker that has the turn or is about to take it.
func (s *Server) work(l *listener) {
	for l.join() {
		<-l.turn
		conn, err := s.accept(l)
		if l.leave() && err == nil {
			s.workers.Go(func() { s.work(l) })
		}
		l.turn <- struct{}{}
		if err != nil {
			return
		}
		s.serve(l, conn)
	}
}

// join counts a worker as idle, unless there are enough. One that is turned away
// must not count for a moment either: whoever leaves in that moment would not
// know that it is the last, and nobody would accept any more.
func (l *listener) join() bool {
	for {
		n := l.idle.Load()
		if n >= maxIdleWorkers {
			return false
		}
		if l.idle.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// leave ends the idleness of a worker. It returns true for the last one.
func (l *listener) leave() (last bool) { return l.idle.Add(-1) == 0 }

// acceptPause is the pause after an error such as EMFILE, which only the end of
// other connections can mend.
const acceptPause = 50 * time.Millisecond

// accept returns the next connection. The only error is that the listener is
// closed.
func (s *Server) accept(l *listener) (*sock.Conn, error) {
	for {
		conn, err := l.socket.Accept()
		if err == nil || errors.Is(err, net.ErrClosed) {
			return conn, err
		}
		if n := l.failures.add(time.Now()); n > 0 {
			s.log.Error("cannot accept", "error", err.Error(), "times", n)
		}
		select {
		case <-time.After(acceptPause):
		case <-s.receiving.Done():
			return nil, net.ErrClosed
		}
	}
}

func (s *Server) serve(l *listener, conn *sock.Conn) {
	s.inflight.Add(1)
	defer s.inflight.Add(-1)
	x := &exchange{server: s, listener: l, conn: conn, from: conn.Peer(), began: time.Now()}
	x.observe()
	defer x.observed()
	defer func() { // a programming error in one exchange must not end the others
		if r := recover(); r != nil {
			x.panicked(r)
		}
	}()
	x.run(s.receiving)
}
