package pg

import (
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// While nothing comes, the server is asked for a sign of life from time to
// time, because a network that has gone silent looks like one with no news.
const (
	defaultPingInterval = 30 * time.Second
	defaultPingTimeout  = 10 * time.Second
)

// listenerMessageLimit bounds what a server may send to a listener at once. A
// notification's payload is less than 8000 bytes.
const listenerMessageLimit = 1 << 20

// A channel is told what arrives under its name. Both functions are called on
// the listener's goroutine and must not wait.
type channel struct {
	// notified is called for each notification.
	notified func(payload string, pid uint32)
	// started is called whenever listening begins, for the first time or
	// again: what was sent before may have been missed.
	started func()
	// settled is closed when listening has begun, or an attempt has failed.
	settled chan struct{}
}

// A listener keeps one connection on which it listens to channels, and makes
// it anew when it is lost. Its methods may be called from any goroutine.
type listener struct {
	cfg          *pgconn.Config
	log          *slog.Logger
	notice       func(*pgproto3.NoticeResponse)
	pingInterval time.Duration
	pingTimeout  time.Duration
	wakeup       chan struct{} // tells run that there is a channel; holds one

	mu       sync.Mutex
	channels map[string]*channel
	changed  bool  // channels were added or removed
	failing  bool  // the last attempt to listen has failed, or run has ended
	conn     *conn // that listens, or nil
}

func newListener(cfg *pgconn.Config, log *slog.Logger, notice func(*pgproto3.NoticeResponse)) *listener {
	return &listener{
		cfg: cfg, log: log, notice: notice,
		pingInterval: defaultPingInterval, pingTimeout: defaultPingTimeout,
		wakeup: make(chan struct{}, 1), channels: map[string]*channel{},
	}
}

// listen adds a channel; false if there is one of this name already.
func (l *listener) listen(name string, ch *channel) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.channels[name]; ok {
		return false
	}
	ch.settled = make(chan struct{})
	if l.failing {
		ch.settle()
	}
	l.channels[name] = ch
	l.wakeLocked()
	return true
}

// settle closes settled. The caller has locked the listener.
func (ch *channel) settle() {
	select {
	case <-ch.settled:
	default:
		close(ch.settled)
	}
}

// settle notes that listening has begun for channels, or that it has failed
// for all.
func (l *listener) settle(failing bool, channels ...*channel) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failing = failing
	for _, ch := range channels {
		ch.settle()
	}
	if failing {
		for _, ch := range l.channels {
			ch.settle()
		}
	}
}

// unlisten removes a channel; false if there is none of this name.
func (l *listener) unlisten(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.channels[name]; !ok {
		return false
	}
	l.channels[name].settle()
	delete(l.channels, name)
	l.wakeLocked()
	return true
}

func (l *listener) wakeLocked() {
	l.changed = true
	select {
	case l.wakeup <- struct{}{}:
	default:
	}
	if l.conn != nil {
		_ = l.conn.pg.Conn().SetReadDeadline(time.Unix(1, 0))
	}
}

// dispatch passes a notification to its channel.
func (l *listener) dispatch(m *pgproto3.NotificationResponse) {
	l.mu.Lock()
	ch, ok := l.channels[m.Channel]
	l.mu.Unlock()
	if ok {
		ch.notified(m.Payload, m.PID)
	}
}
