package sock

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Watcher tells when clients hang up while their mails are being handled, or
// go on sending though nothing may follow. The zero value is ready for use, by
// any number of goroutines.
//
// A local client that closed its socket, or shut down both directions, is
// found; one that only shut down its writing side is not, for it still waits
// for its reply. Over TCP both look the same, a FIN, until the kernel answers
// something that we send with a RST. So a TCP client counts as gone when it
// reset the connection, or when keep-alive probes find it dead.
//
// Most mails are done before anybody could hang up, so joining and leaving
// must cost next to nothing. Measured per mail: a goroutine that waits for
// the hang-up 3 % of the daemon's CPU time; the socket in an epoll instance of
// the watcher's own 1.5 µs, another 2 %; an entry in a list that one goroutine
// polls now and then 0.1 µs. Hence the list. The goroutine lives as long as
// the list has entries.
type Watcher struct {
	mu      sync.Mutex
	watches []*Watch
	running bool
	closed  bool
	quit    chan struct{} // made by the first Add
	ended   sync.WaitGroup
}

// An Incident is what a Watcher tells.
type Incident uint8

const (
	HungUp Incident = iota // the peer is gone
	Spoke                  // the peer has sent something
)

// Watch is one entry of a Watcher.
type Watch struct {
	watcher *Watcher
	conn    *Conn
	fn      func(Incident)
	index   int  // in watcher.watches; -1: no longer there
	mute    bool // the peer can send no more; of the watcher's goroutine
}

// A poll(2) costs 0.1 µs per socket, so with this pause per socket the watcher
// uses one percent of one CPU at most. The bounds are for few sockets and for
// many.
const (
	pausePerWatch = 10 * time.Microsecond
	minPause      = 25 * time.Millisecond
	maxPause      = time.Second
)

// Add calls fn once if c's peer hangs up or sends something before Stop, which
// must be called in any case. fn runs on the watcher's goroutine and must be
// quick. A Conn may be closed while watched; fn is not called then. It must not
// be read meanwhile.
func (w *Watcher) Add(c *Conn, fn func(Incident)) *Watch {
	w.mu.Lock()
	defer w.mu.Unlock()
	watch := &Watch{watcher: w, conn: c, fn: fn, index: len(w.watches)}
	if w.closed {
		watch.index = -1
		return watch
	}
	w.watches = append(w.watches, watch)
	if !w.running {
		if w.quit == nil {
			w.quit = make(chan struct{})
		}
		w.running = true
		w.ended.Go(w.run)
	}
	return watch
}

// Stop ends the watch. It returns false if fn has been or is being called.
func (h *Watch) Stop() bool {
	h.watcher.mu.Lock()
	defer h.watcher.mu.Unlock()
	return h.watcher.remove(h)
}

// Close ends all watches, also those still to come, and waits for the
// goroutine.
func (w *Watcher) Close() {
	w.mu.Lock()
	if !w.closed && w.quit != nil {
		close(w.quit)
	}
	w.closed = true
	w.mu.Unlock()
	w.ended.Wait()
}

// remove takes h out of the list, filling its place with the last entry.
func (w *Watcher) remove(h *Watch) bool {
	if h.index < 0 {
		return false
	}
	last := len(w.watches) - 1
	w.watches[h.index] = w.watches[last]
	w.watches[h.index].index = h.index
	w.watches[last] = nil
	w.watches = w.watches[:last]
	h.index = -1
	return true
}

func (w *Watcher) run() {
	var s sweep
	timer := time.NewTimer(minPause)
	defer timer.Stop()
	for {
		select {
		case <-w.quit:
			return
		case <-timer.C:
		}
		if !w.collect(&s) {
			return
		}
		s.poll()
		w.report(&s)
		timer.Reset(min(max(minPause, pausePerWatch*time.Duration(len(s.fds))), maxPause))
	}
}

// sweep is one look at all watched sockets, which it keeps open meanwhile.
type sweep struct {
	watches []*Watch
	fds     []unix.PollFd
}

// collect fills s. With nothing to watch it returns false, and the goroutine
// must end.
func (w *Watcher) collect(s *sweep) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.watches) == 0 || w.closed {
		w.running = false
		return false
	}
	for _, h := range w.watches {
		if h.conn.acquire() {
			s.watches = append(s.watches, h)
			s.fds = append(s.fds, unix.PollFd{Fd: int32(h.conn.fd), Events: h.events()})
		}
	}
	return true
}

// events asks for input; POLLHUP (both directions are down) and POLLERR (it was
// reset) are always told. The end of the input after a half-close is input too,
// for ever, so it is looked at only once.
func (h *Watch) events() int16 {
	if h.mute {
		return 0
	}
	return unix.POLLIN
}

// poll looks at all sockets. The kernel takes no more entries at once than the
// process may have descriptors.
func (s *sweep) poll() {
	const most = 256
	for fds := s.fds; len(fds) > 0; fds = fds[min(most, len(fds)):] {
		unix.Poll(fds[:min(most, len(fds))], 0) // after EINTR the next sweep looks again
	}
}

// report calls the functions of those that did something and gives all sockets
// free.
func (w *Watcher) report(s *sweep) {
	for i, h := range s.watches {
		if incident, ok := h.judge(s.fds[i].Revents); ok && h.Stop() {
			h.fn(incident)
		}
		h.conn.release()
	}
	clear(s.watches)
	s.watches, s.fds = s.watches[:0], s.fds[:0]
}

// judge tells what has happened, if anything.
func (h *Watch) judge(revents int16) (Incident, bool) {
	switch {
	case revents&(unix.POLLHUP|unix.POLLERR) != 0:
		return HungUp, true
	case revents&unix.POLLIN == 0:
		return 0, false
	}
	var b [1]byte
	n, _, err := unix.Recvfrom(h.conn.fd, b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	h.mute = n == 0 && err == nil
	return Spoke, n > 0
}
