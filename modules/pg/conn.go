package pg

import (
	"context"
	"crypto/tls"
	"errors"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"qrelay/runtime/sock"
)

// goodbyeTimeout bounds telling a server that a connection ends, and asking
// it to cancel a query.
const goodbyeTimeout = 5 * time.Second

// A conn is one connection to a server. pgconn makes it, authenticates and
// sends cancel requests; queries are exchanged here, to have each cost one
// round trip and no goroutine. One goroutine at a time may use it.
type conn struct {
	pg         *pgconn.PgConn
	fe         *pgproto3.Frontend
	statements statements
	scratch    []byte // for the next row
	tx         byte   // transaction status: 'I' none, 'T' open, 'E' failed
	awaited    int    // queries that were sent and are not answered to the end
	broken     bool   // must not be used again
	cancel     bool   // the server is still busy with a query that nobody wants
	lost       int    // how often the server has lost the prepared statements
	server     string // process id of the first server process that was asked for it
	notify     func(*pgproto3.NotificationResponse)
	notice     func(*pgproto3.NoticeResponse)
}

// connect opens a connection, on which no message may be larger than limit
// bytes.
func connect(ctx context.Context, cfg *pgconn.Config, limit int, notice func(*pgproto3.NoticeResponse)) (*conn, error) {
	route := &route{dial: cfg.DialFunc}
	own := cfg.Copy()
	own.DialFunc = route.connect
	pg, err := pgconn.ConnectConfig(ctx, own)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, &connectError{cfg, err}
	}
	route.found = true
	c := &conn{
		pg: pg, fe: pg.Frontend(), tx: 'I', notice: notice,
		notify: func(*pgproto3.NotificationResponse) {},
	}
	c.fe.SetMaxBodyLen(limit)
	return c, nil
}

// reusable reports whether the connection may serve another task.
func (c *conn) reusable() bool { return !c.broken && c.awaited == 0 && c.tx == 'I' }

// inTransaction reports whether a transaction is open.
func (c *conn) inTransaction() bool { return c.tx != 'I' && !c.broken }

// close ends the connection. If the server is busy with queries that nobody
// wants any more, it is asked to cancel them first. close may wait for up to
// twice goodbyeTimeout.
func (c *conn) close() {
	if c.cancel {
		c.cancelAwaited()
	}
	_ = c.pg.Conn().SetDeadline(time.Now().Add(goodbyeTimeout))
	_ = c.pg.Close(context.Background())
}

// cancelPatience is how long a server has for ending a query that it was asked
// to cancel, until it is asked again: it ignores that if it has not begun with
// the query.
const cancelPatience = 50 * time.Millisecond

// cancelAwaited has the server end the queries that are not answered. If it
// cannot be asked, it notices at the end of a query that nobody is there.
func (c *conn) cancelAwaited() {
	end := time.Now().Add(goodbyeTimeout)
	ctx, cancel := context.WithDeadline(context.Background(), end)
	defer cancel()
	patience := cancelPatience
	for c.awaited > 0 && ctx.Err() == nil && c.pg.CancelRequest(ctx) == nil {
		deadline := time.Now().Add(patience)
		if deadline.After(end) {
			deadline = end
		}
		before := c.awaited
		if err := c.drain(deadline); !errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
		if patience *= 2; c.awaited < before { // it is another query now
			patience = cancelPatience
		}
	}
}

// drain drops the answers that are awaited, until the deadline. Once one is
// complete it waits but a moment for each that follows, because that is of
// another query, which may have to be cancelled as well.
func (c *conn) drain(deadline time.Time) error {
	if err := c.pg.Conn().SetDeadline(deadline); err != nil {
		return err
	}
	for {
		msg, err := c.fe.Receive()
		if err != nil {
			return err
		}
		if _, ok := msg.(*pgproto3.ReadyForQuery); !ok {
			continue
		}
		if c.awaited--; c.awaited == 0 {
			return nil
		}
		deadline = time.Now().Add(cancelPatience / 10)
		if err := c.pg.Conn().SetDeadline(deadline); err != nil {
			return err
		}
	}
}

// interrupt makes reads and writes in progress fail. It may be called from
// any goroutine.
func (c *conn) interrupt() { _ = c.pg.Conn().SetDeadline(time.Unix(1, 0)) }

// idleCheck bounds reading what the server sent to an idle connection.
const idleCheck = 5 * time.Millisecond

// alive reports whether an idle connection can still be used. It looks at the
// socket and does not ask the server.
func (c *conn) alive() bool {
	pending, closed := c.peek()
	if closed {
		return false
	}
	if !pending && c.fe.ReadBufferLen() == 0 {
		return true
	}
	// A changed setting, a notice, or the reason for which the server is
	// about to hang up.
	_ = c.pg.Conn().SetReadDeadline(time.Now().Add(idleCheck))
	for {
		msg, err := c.fe.Receive()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return c.pg.Conn().SetReadDeadline(time.Time{}) == nil
		}
		if err != nil {
			return false
		}
		switch m := msg.(type) {
		case *pgproto3.NoticeResponse:
			c.notice(m)
		case *pgproto3.ParameterStatus, *pgproto3.NotificationResponse:
		default:
			return false
		}
	}
}

// peek looks whether there is something to read, or the end.
func (c *conn) peek() (pending, closed bool) {
	socket := c.pg.Conn()
	if t, ok := socket.(*tls.Conn); ok {
		socket = t.NetConn()
	}
	return socket.(*sock.NetConn).Pending() // which dial has made
}
