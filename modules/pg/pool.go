package pg

import (
	"container/list"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// poolOptions are the limits of a pool.
type poolOptions struct {
	maxConnections int
	waitTimeout    time.Duration // for a connection
	queryTimeout   time.Duration // 0: none
	grace          time.Duration // for a server that is away
	execution
}

// Defaults of poolOptions.
const (
	defaultMaxConnections = 4
	defaultWaitTimeout    = 10 * time.Second
	defaultResultLimit    = 256 << 20
	defaultGrace          = 5 * time.Second // as long as a restart usually takes
)

// A pool keeps up to maxConnections connections to one database and lends
// each to one task at a time. Connections are made when they are needed, and
// stay. All methods may be called from any goroutine.
type pool struct {
	cfg  *pgconn.Config
	opts poolOptions
	log  *slog.Logger
	// drained is closed when the pool is shut and has no connection any more.
	drained chan struct{}

	mu      sync.Mutex
	idle    []*conn   // the last used at the end
	open    int       // idle, lent, being made and being closed
	waiters list.List // of *waiter, first come first served
	outage  outage
	closed  bool

	slow map[string]time.Time // SQL texts that keep others waiting, until when that counts

	failures uint64 // of attempts to connect
}

func newPool(cfg *pgconn.Config, opts poolOptions, log *slog.Logger) *pool {
	return &pool{cfg: cfg, opts: opts, log: log, drained: make(chan struct{}), outage: outage{grace: opts.grace}}
}

// execute runs a query on a connection of its own choice. If the query leaves
// a transaction open, the connection is returned too; the caller must use it
// for what follows and release it.
func (p *pool) execute(ctx context.Context, q query) (*result, *conn, error) {
	if err := q.check(); err != nil {
		return nil, nil, err
	}
	o, err := p.request(ctx, waiter{query: &q})
	if err != nil {
		return nil, nil, err
	}
	if o.ride != nil {
		res, err := p.ride(ctx, o.ride)
		if err != errAlone {
			return res, nil, err
		}
		if o, err = p.request(ctx, waiter{urgent: true}); err != nil {
			return nil, nil, err
		}
	}
	c := o.conn
	res, err := p.run(ctx, c, q)
	if c.inTransaction() {
		return res, c, err
	}
	p.release(c)
	return res, nil, err
}

// run runs a query on a connection that the caller has acquired.
func (p *pool) run(ctx context.Context, c *conn, q query) (*result, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	ctx, cancel := p.limit(ctx, 0)
	defer cancel()
	began := time.Now()
	res, err := c.run(ctx, q, p.opts.execution)
	if st := c.statements.known(q.sql); st != nil && st.reads && (time.Since(began) > stallLimit || res.large()) {
		p.noteSlow(q.sql)
	}
	return res, err
}

// ride waits for the answer to a query on a shared connection.
func (p *pool) ride(ctx context.Context, r *ride) (*result, error) {
	ctx, cancel := p.limit(ctx, r.patience)
	defer cancel()
	return r.wait(ctx)
}

// limit returns a context that ends when a query takes too long that is sent
// now, and may have to wait for others meanwhile.
func (p *pool) limit(ctx context.Context, others time.Duration) (context.Context, context.CancelFunc) {
	if p.opts.queryTimeout == 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, p.opts.queryTimeout+others, fmt.Errorf("%w (%v)", errQueryTimeout, p.opts.queryTimeout))
}

// acquire returns a connection for the caller alone, who must release it. It
// waits, up to the limit, if all are lent or the server is away for a moment.
func (p *pool) acquire(ctx context.Context) (*conn, error) {
	o, err := p.request(ctx, waiter{})
	return o.conn, err
}

// request is acquire for one who, if all connections are lent, waits as kind
// says.
func (p *pool) request(ctx context.Context, kind waiter) (offer, error) {
	var deadline time.Time
	for {
		c, w, pause, err := p.take(kind)
		switch {
		case err != nil:
			return offer{}, err
		case c != nil:
			if c.alive() {
				return offer{conn: c}, nil
			}
			p.discard(c)
			continue
		case w == nil:
			c, err := p.connect(ctx)
			if c != nil || err != nil {
				return offer{conn: c}, err
			}
			continue
		}
		if deadline.IsZero() {
			deadline = time.Now().Add(p.opts.waitTimeout)
		}
		o, err := p.wait(ctx, w, pause, deadline)
		if o != (offer{}) || err != nil {
			return o, err
		}
	}
}

// take returns an idle connection, or a waiter of a kind and the time after
// which it should try again in any case, 0 for never, or an error. If it
// returns nothing the caller must make a connection.
func (p *pool) take(kind waiter) (*conn, *waiter, time.Duration, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, 0, errClosed
	}
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle[n-1] = nil
		p.idle = p.idle[:n-1]
		return c, nil, 0, nil
	}
	var pause time.Duration
	if p.open < p.opts.maxConnections {
		now := time.Now()
		if pause = p.outage.pause(now); pause == 0 {
			p.open++
			return nil, nil, 0, nil
		}
		if p.open == 0 {
			hope := p.outage.hope(now)
			if hope == 0 {
				return nil, nil, 0, p.outage.error(now)
			}
			pause = min(pause, hope)
		}
	}
	w := &kind
	w.ch = make(chan offer, 1)
	if w.urgent {
		p.waiters.PushFront(w)
	} else {
		p.waiters.PushBack(w)
	}
	return nil, w, pause, nil
}

// connect makes a connection for which take has reserved a place. It returns
// nothing if that failed, but waiting may help.
func (p *pool) connect(ctx context.Context) (*conn, error) {
	c, err := connect(ctx, p.cfg, p.opts.limit, p.notice)
	if err == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.outage.failures > 0 {
			p.log.Info("connected to the database again")
		}
		p.outage.succeeded()
		return c, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.vacate()
	if ctx.Err() != nil {
		return nil, err
	}
	now := time.Now()
	p.outage.failed(err, now)
	p.failures++
	p.log.Warn("no connection to the database", "error", errorText(err, ""))
	p.wakeAll()
	if !permanent(err) && (p.open > 0 || p.outage.hope(now) > 0) {
		return nil, nil
	}
	return nil, err
}

// release takes a connection back. One that cannot serve others is closed.
func (p *pool) release(c *conn) {
	if !c.reusable() {
		p.discard(c)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		p.discardLocked(c)
	case !p.share(c) && !p.wake(c):
		p.idle = append(p.idle, c)
	}
}

// discard closes a connection in the background. Its place becomes free when
// it is closed, so that the server never sees more than maxConnections.
func (p *pool) discard(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.discardLocked(c)
}

func (p *pool) discardLocked(c *conn) {
	go func() {
		c.close()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.vacate()
	}()
}

// vacate gives up a connection's place. The caller has locked p.
func (p *pool) vacate() {
	p.open--
	if p.open == 0 && p.closed {
		close(p.drained)
	}
	p.wake(nil)
}

// shut closes all idle connections, and the others when they are released.
// Whoever waits for a connection gets an error.
func (p *pool) shut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	for _, c := range p.idle {
		p.discardLocked(c)
	}
	p.idle = nil
	p.wakeAll()
	if p.open == 0 {
		close(p.drained)
	}
}

// close is shut, and waits until all connections have been released and are
// closed.
func (p *pool) close() {
	p.shut()
	<-p.drained
}

// notice logs what a server remarks.
func (p *pool) notice(m *pgproto3.NoticeResponse) {
	level := slog.LevelDebug
	if m.Severity == "WARNING" {
		level = slog.LevelWarn
	}
	p.log.Log(context.Background(), level, "database notice", "severity", m.Severity, "message", m.Message, "sqlstate", m.Code)
}
