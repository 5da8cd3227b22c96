package pg

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// A trip is one round trip on a connection that several tasks share: when all
// connections are in use, the queries of those that wait are sent together, one
// after the other, and answered in that order (pipelining, see
// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING).
// Each query is a transaction of its own, as if it were alone, and ends with a
// ReadyForQuery of its own, by which answers and queries are matched.
//
// Tasks must not suffer from each other. So only what usually is quick goes on
// a trip, see pool.shareable. If a query stalls all the same, the server is told
// to cancel it, and it is repeated on a connection of its own: being cancelled
// it has done nothing. Who does not want to wait any more just leaves; when
// nobody is left the query in progress is cancelled.
type trip struct {
	p     *pool
	conn  *conn
	rides []*ride

	// Of the goroutine that runs the trip.
	moved     bool // an answer has come since the deadline was set
	cancelled bool // the server was asked to cancel something
	forgotten bool // the server has lost the prepared statements

	mu     sync.Mutex
	riders int  // who wait for an answer
	over   bool // all answers are there, or the connection is lost
}

// A ride is one query on a trip.
type ride struct {
	trip *trip
	q    query
	st   *statement
	done chan struct{} // closed when res and err are set
	res  *result
	err  error
	// patience is how long those before it may take, until they are cancelled.
	patience time.Duration
	left     bool // nobody waits for the answer: it was delivered, or is unwanted
}

// errAlone tells that a query was not run, or cancelled, on a trip: it must be
// run on a connection of its own.
var errAlone = errors.New("not on a shared connection")

// wait returns the answer, or the cause of the context's end. errAlone asks for
// running the query on a connection of its own.
func (r *ride) wait(ctx context.Context) (*result, error) {
	select {
	case <-r.done:
		return r.res, r.err
	case <-ctx.Done():
		r.trip.leave(r)
		return nil, context.Cause(ctx)
	}
}

// leave ends the wait for an answer, and returns false if that had ended before.
// If nobody waits any more the connection is interrupted.
func (t *trip) leave(r *ride) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r.left {
		return false
	}
	r.left = true
	if t.riders--; t.riders == 0 && !t.over {
		t.conn.interrupt()
	}
	return true
}

// run makes the trip and releases the connection.
func (t *trip) run() {
	c := t.conn
	err := t.send()
	for i, r := range t.rides {
		if err == nil {
			err = t.answer(r, i == len(t.rides)-1)
		} else {
			r.err = t.unanswered(err)
		}
		if i == len(t.rides)-1 {
			t.end(err)
		}
		if t.leave(r) {
			close(r.done)
		}
	}
	if t.cancelled { // the request may still be on its way, and hit somebody else
		t.p.discard(c)
		return
	}
	t.p.release(c)
}

// send sends all queries.
func (t *trip) send() error {
	c := t.conn
	c.closeDropped(true)
	for _, r := range t.rides {
		c.sendBind(r.st.name, r.q.params)
		c.sendExecute(false)
	}
	t.patience(stallLimit)
	return c.flush(len(t.rides))
}

// answer reads the answer to one query. An error means that the connection
// cannot go on.
func (t *trip) answer(r *ride, last bool) error {
	c := t.conn
	e := c.newExchange(t.p.opts.execution, true)
	e.rows.begin(r.st.columns)
	e.tooLarge = func() { t.cancel(r) }
	err := e.answer()
	for limit := stallLimit; errors.Is(err, os.ErrDeadlineExceeded) && t.patience(0); err = e.answer() {
		limit = t.stalled(r, last, limit)
	}
	t.moved = true
	c.scratch = e.rows.scratch
	if err != nil {
		e.fail(lost(err))
	}
	r.res, r.err = e.result(e.err)
	t.judge(r)
	return err
}

// judge sees whether the error of a query is none of its own.
func (t *trip) judge(r *ride) {
	c := t.conn
	switch c.stale(r.err) {
	case staleAll:
		if !t.forgotten {
			t.forgotten = true
			c.statements.lost()
			c.lost++
		}
		r.err = errAlone
	case staleOne:
		if c.statements.known(r.q.sql) == r.st {
			c.statements.forget(r.st)
		}
		r.err = errAlone
	}
	var e *pgconn.PgError
	if t.cancelled && errors.As(r.err, &e) && e.Code == codeQueryCanceled {
		r.err = errAlone
	}
	if r.res.large() {
		t.p.noteSlow(r.q.sql)
	}
}

// unanswered returns the error of a query that is not answered because of err.
// The server has not begun with it if nothing could be sent, or if it says that
// the session was ended. Otherwise it may have: then nobody knows what it did.
func (t *trip) unanswered(err error) error {
	var e *pgconn.PgError
	if errors.As(err, &e) && e.Code == codeAdminShutdown || pgconn.SafeToRetry(err) {
		return errAlone
	}
	return lost(err)
}

// stalled is called when r has not been answered within limit, and returns the
// next limit. If others wait for r, the server is asked to cancel it, and asked
// again later: it ignores that if it has not even begun.
func (t *trip) stalled(r *ride, last bool, limit time.Duration) time.Duration {
	switch {
	case t.moved:
		t.moved = false
	case last:
		t.p.noteSlow(r.q.sql)
		limit = 0
	default:
		limit = min(2*limit, goodbyeTimeout)
		t.cancel(r)
	}
	t.patience(limit)
	return limit
}

// cancel asks the server to cancel r, which must not hold up others again.
func (t *trip) cancel(r *ride) {
	t.cancelled = true
	t.p.noteSlow(r.q.sql)
	ctx, cancel := context.WithTimeout(context.Background(), goodbyeTimeout)
	defer cancel()
	_ = t.conn.pg.CancelRequest(ctx)
}

// patience sets how long to wait for the next answer, 0 for ever. It returns
// false if nobody wants it.
func (t *trip) patience(d time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.riders == 0 {
		return false
	}
	var deadline time.Time
	if d > 0 {
		deadline = time.Now().Add(d)
	}
	return t.conn.pg.Conn().SetReadDeadline(deadline) == nil
}

// end takes note that no more answers come: from now on the connection belongs
// to others.
func (t *trip) end(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	c := t.conn
	if err != nil {
		c.broken = true
		c.cancel = c.cancel || t.riders == 0
		return
	}
	if c.pg.Conn().SetDeadline(time.Time{}) != nil {
		c.broken = true
	}
}
