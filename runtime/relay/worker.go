package relay

import (
	"errors"
	"net"
	"time"

	"qrelay/runtime/sock"
)

// acceptPause is the pause after an error such as EMFILE, which only the end of
// other connections can mend.
const acceptPause = 50 * time.Millisecond

func (s *Server) accept(l *listener) {
	for {
		conn, err := l.socket.Accept()
		switch {
		case err == nil:
			s.dispatch(job{l, conn})
		case errors.Is(err, net.ErrClosed):
			return
		default:
			s.log.Error("cannot accept", "error", err.Error())
			select {
			case <-time.After(acceptPause):
			case <-s.receiving.Done():
				return
			}
		}
	}
}

// A job is a connection that was accepted.
type job struct {
	listener *listener
	conn     *sock.Conn
}

// maxIdleWorkers is how many workers wait for the next job. A worker's stack
// has grown to what serving a mail needs, which costs a new goroutine a tenth
// of its time.
const maxIdleWorkers = 64

// dispatch has an idle worker serve the job, or a new one.
func (s *Server) dispatch(j job) {
	s.inflight.Add(1)
	select {
	case s.jobs <- j:
	default:
		s.exchanges.Go(func() { s.work(j) })
	}
}

// work serves one job after the other.
func (s *Server) work(j job) {
	for {
		s.serve(j)
		if s.idle.Add(1) > maxIdleWorkers {
			s.idle.Add(-1)
			return
		}
		select {
		case j = <-s.jobs:
			s.idle.Add(-1)
		case <-s.receiving.Done():
			return
		}
	}
}

func (s *Server) serve(j job) {
	defer s.inflight.Add(-1)
	x := &exchange{server: s, listener: j.listener, conn: j.conn, from: j.conn.Peer(), began: time.Now()}
	x.observe()
	defer x.observed()
	defer func() { // a programming error in one exchange must not end the others
		if r := recover(); r != nil {
			x.panicked(r)
		}
	}()
	x.run(s.receiving)
}
