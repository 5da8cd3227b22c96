package pg

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// steadySession is how long a connection must have lasted for the next attempt
// to be made at once: somebody may accept LISTEN and hang up each time.
const steadySession = time.Second

// run listens until the context ends.
func (l *listener) run(ctx context.Context) {
	defer l.settle(true)
	for failures := 0; l.wanted(ctx); {
		began := time.Now()
		established, err := l.session(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil { // all channels were removed
			failures = 0
			continue
		}
		var delay time.Duration
		if established && time.Since(began) >= steadySession {
			failures = 0
		} else {
			failures++
			delay = retryDelay(failures)
		}
		if !established {
			l.settle(true)
		}
		l.log.Warn("not listening for database notifications", "error", errorText(err, ""), "next_attempt", delay)
		select {
		case <-ctx.Done():
		case <-time.After(delay):
		}
	}
}

// wanted waits until there is a channel to listen to; false if the context
// ends.
func (l *listener) wanted(ctx context.Context) bool {
	for {
		l.mu.Lock()
		n := len(l.channels)
		l.mu.Unlock()
		if n > 0 && ctx.Err() == nil {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-l.wakeup:
		}
	}
}

// session connects and listens until the connection is lost, or there is no
// channel any more. established: the server has accepted LISTEN.
func (l *listener) session(ctx context.Context) (established bool, err error) {
	c, err := connect(ctx, l.cfg, listenerMessageLimit, l.notice)
	if err != nil {
		return false, err
	}
	defer c.close()
	c.notify = l.dispatch
	l.attach(c)
	defer l.attach(nil)
	stop := context.AfterFunc(ctx, l.interrupt)
	defer stop()

	listening := map[string]*channel{}
	for {
		n, err := l.adjust(ctx, c, listening)
		if err != nil || n == 0 {
			return established, err
		}
		established = true
		if err := l.await(ctx, c); err != nil {
			return true, err
		}
	}
}

// attach makes c the connection that listens; all channels are new to it.
func (l *listener) attach(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conn, l.changed = c, true
}

func (l *listener) interrupt() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		l.conn.interrupt()
	}
}

// limit sets how long the next exchange may take.
func (l *listener) limit(ctx context.Context, c *conn, d time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return c.pg.Conn().SetDeadline(time.Now().Add(d))
}

// adjust sends LISTEN and UNLISTEN for what has changed, and returns to how
// many channels the connection listens now.
func (l *listener) adjust(ctx context.Context, c *conn, listening map[string]*channel) (int, error) {
	sql, begun := l.changes(listening)
	if sql == "" {
		return len(listening), nil
	}
	if err := l.limit(ctx, c, l.pingTimeout); err != nil {
		return 0, err
	}
	if _, err := c.unprepared(query{sql: sql}, execution{limit: listenerMessageLimit}, &statement{}); err != nil {
		return 0, err
	}
	for _, ch := range begun {
		ch.started()
	}
	l.settle(false, begun...)
	return len(listening), nil
}

// changes returns the statements to send, updates listening accordingly, and
// returns the channels that are new.
func (l *listener) changes(listening map[string]*channel) (sql string, begun []*channel) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed = false
	var statements []string
	for _, name := range slices.Sorted(maps.Keys(l.channels)) {
		if ch := l.channels[name]; listening[name] != ch {
			listening[name] = ch
			begun = append(begun, ch)
			statements = append(statements, "LISTEN "+quoteIdentifier(name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(listening)) {
		if _, ok := l.channels[name]; !ok {
			delete(listening, name)
			statements = append(statements, "UNLISTEN "+quoteIdentifier(name))
		}
	}
	return strings.Join(statements, "; "), begun
}

// await passes notifications on until channels have changed, which is no
// error, or the connection is lost.
func (l *listener) await(ctx context.Context, c *conn) error {
	for {
		if changed, err := l.untilPing(ctx, c); changed || err != nil {
			return err
		}
		err := c.receiveNotification()
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			if err != nil {
				return err
			}
			continue
		}
		if l.hasChanged() {
			return nil
		}
		if err := l.limit(ctx, c, l.pingTimeout); err != nil {
			return err
		}
		if err := c.ping(); err != nil {
			return err
		}
	}
}

// untilPing sets for how long to wait for a notification, unless channels have
// changed: that must be looked at under the lock, for wakeLocked to be heard.
func (l *listener) untilPing(ctx context.Context, c *conn) (changed bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if l.changed {
		return true, nil
	}
	return false, c.pg.Conn().SetDeadline(time.Now().Add(l.pingInterval))
}

func (l *listener) hasChanged() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}
