package pg

import (
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// errCopy answers statements that want to stream data to or from the client.
var errCopy = errors.New("COPY from and to the client is not supported")

// An exchange sends what was prepared for sending, and reads the answer.
// https://www.postgresql.org/docs/current/protocol-flow.html
type exchange struct {
	c         *conn
	rows      collector
	extended  bool       // the extended query protocol is used
	tooLarge  func()     // if set, is called instead of giving up the connection for a large result
	skipping  bool       // the result is too large, and what comes of it is dropped
	preparing *statement // that the server is asked to parse, or nil
	bound     bool       // the statement has been described
	err       error      // the first error
}

func (c *conn) newExchange(x execution, extended bool) *exchange {
	return &exchange{c: c, extended: extended, rows: collector{limit: x.limit, scratch: c.scratch}}
}

// run returns the first error that the server reported, or the failure of the
// connection, which is broken then.
func (e *exchange) run() error {
	c := e.c
	err := c.flush(1)
	if err == nil {
		err = e.answer()
	}
	c.scratch = e.rows.scratch
	if err != nil {
		c.broken = true
		e.fail(lost(err))
	}
	return e.err
}

// answer reads the answer, or the rest of it, to its end. An error means that
// the connection cannot go on.
func (e *exchange) answer() error {
	for {
		if done, err := e.receive(); done || err != nil {
			return err
		}
	}
}

// result returns what run found: a result or an error.
func (e *exchange) result(err error) (*result, error) {
	if err != nil {
		return nil, err
	}
	if e.rows.last == nil {
		return nil, errors.New("protocol error: the server did not say that the statement is complete")
	}
	return e.rows.last, nil
}

// lost rewords the failure of a connection.
func lost(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("connection to the database lost: closed by the server")
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return fmt.Errorf("connection to the database lost: %s", systemText(op.Err))
	}
	return fmt.Errorf("connection to the database lost: %w", err)
}

// receive handles one message; done after the last. An error means that the
// connection cannot go on.
func (e *exchange) receive() (done bool, err error) {
	msg, err := e.c.fe.Receive()
	if err != nil {
		var size *pgproto3.ExceededMaxBodyLenErr
		if errors.As(err, &size) {
			err = e.abandon(e.rows.tooLarge())
		}
		return false, err
	}
	switch m := msg.(type) {
	case *pgproto3.DataRow:
		return false, e.row(m)
	case *pgproto3.RowDescription:
		e.described(m)
	case *pgproto3.CommandComplete:
		e.rows.finish(string(m.CommandTag))
	case *pgproto3.EmptyQueryResponse:
		e.rows.finish("")
	case *pgproto3.ParseComplete:
		if e.preparing != nil {
			e.preparing.prepared = true
		}
	case *pgproto3.BindComplete:
		e.bound = true
	case *pgproto3.ErrorResponse:
		return false, e.serverError(m)
	case *pgproto3.CopyInResponse:
		return false, e.refuseCopy()
	case *pgproto3.CopyOutResponse:
		e.fail(errCopy)
	case *pgproto3.CopyBothResponse:
		return false, e.abandon(errCopy)
	case *pgproto3.NoticeResponse:
		e.c.notice(m)
	case *pgproto3.NotificationResponse:
		e.c.notify(m)
	case *pgproto3.ReadyForQuery:
		e.c.tx = m.TxStatus
		e.c.awaited--
		return true, nil
	}
	return false, nil
}

// row takes a row.
func (e *exchange) row(m *pgproto3.DataRow) error {
	if e.skipping {
		return nil
	}
	err := e.rows.add(m.Values)
	if err == nil {
		return nil
	}
	if e.tooLarge == nil || e.rows.size <= e.rows.limit { // or it is no row that was to come
		return e.abandon(err)
	}
	e.fail(err)
	e.skipping, e.rows.current.rows = true, nil
	e.tooLarge()
	return nil
}

// flush sends what was prepared, with so many queries to be answered.
func (c *conn) flush(queries int) error {
	err := c.fe.Flush()
	if !pgconn.SafeToRetry(err) { // something may have been sent
		c.awaited += queries
	}
	return err
}

// fail keeps the first error.
func (e *exchange) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// abandon gives up the connection in the middle of a query, which the server
// must be told to cancel.
func (e *exchange) abandon(err error) error {
	e.fail(err)
	e.c.cancel = true
	return err
}

// serverError keeps an error of the statement; one that ends the session ends
// the exchange.
func (e *exchange) serverError(m *pgproto3.ErrorResponse) error {
	err := pgconn.ErrorResponseToPgError(m)
	e.fail(err)
	severity := m.SeverityUnlocalized // PostgreSQL 9.6 and later
	if severity == "" {
		severity = m.Severity
	}
	if severity == "FATAL" || severity == "PANIC" {
		return err
	}
	return nil
}

// described takes note of the columns: of the statement, if it is being
// prepared, then of this execution.
func (e *exchange) described(m *pgproto3.RowDescription) {
	columns := make([]string, len(m.Fields))
	for i, f := range m.Fields {
		columns[i] = string(f.Name)
	}
	if e.preparing != nil && !e.bound {
		e.preparing.columns = columns
	}
	e.rows.begin(columns)
}

// refuseCopy ends COPY FROM STDIN. The server has skipped the Sync that was
// sent with the statement, because it was waiting for data.
func (e *exchange) refuseCopy() error {
	e.fail(errCopy)
	e.c.fe.Send(&pgproto3.CopyFail{Message: errCopy.Error()})
	if e.extended {
		e.c.fe.SendSync(&pgproto3.Sync{})
	}
	return e.c.fe.Flush()
}
