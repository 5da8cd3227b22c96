package pg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// A query is what a script asks for.
type query struct {
	sql    string
	params []text
	// extended: a table of parameters was given, be it empty. Without one the
	// text may consist of several statements.
	extended bool
}

// check refuses what cannot be sent.
func (q *query) check() error {
	if strings.IndexByte(q.sql, 0) >= 0 {
		return fmt.Errorf("the SQL text holds %w", errNUL)
	}
	for i, p := range q.params {
		if strings.IndexByte(p.s, 0) >= 0 {
			return fmt.Errorf("parameter %d holds %w", i+1, errNUL)
		}
	}
	if len(q.params) > maxParameters {
		return fmt.Errorf("%d parameters given, at most %d are possible", len(q.params), maxParameters)
	}
	return nil
}

// maxParameters is the protocol's limit.
const maxParameters = 65535

// execution says how queries are run.
type execution struct {
	prepare bool // keep prepared statements
	limit   int  // bytes of a result
}

// run sends a query and returns the result of its last statement. If the
// context ends meanwhile the connection is broken.
func (c *conn) run(ctx context.Context, q query, x execution) (*result, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	stop := context.AfterFunc(ctx, c.interrupt)
	res, err := c.attempt(q, x)
	if !stop() {
		c.broken, c.cancel = true, true
		if err != nil {
			err = context.Cause(ctx)
		}
	}
	return res, err
}

// attempt sends the query in one of three ways: by the name of a prepared
// statement, as a nameless statement with parameters, or as plain text, which
// may be several statements. It tries again if only the prepared statement
// was at fault, before the server had begun to do anything.
func (c *conn) attempt(q query, x execution) (*result, error) {
	idle := c.tx == 'I'
	st := c.statements.use(q.sql)
	if !x.prepare || c.lost >= maxLost || !st.preparable || !idle && !c.direct() {
		return c.unprepared(q, x, st)
	}
	res, err := c.byName(q, x, st)
	switch c.stale(err) {
	case staleAll:
		c.statements.lost()
		c.lost++
	case staleOne:
		c.statements.forget(st)
	default:
		return res, err
	}
	if !idle || c.broken {
		return res, err
	}
	return c.unprepared(q, x, &statement{})
}

// maxLost is how often a server may lose the prepared statements of a
// connection until nothing is prepared on it any more.
const maxLost = 3

type staleness int

const (
	fresh    staleness = iota
	staleOne           // this statement must be prepared anew
	staleAll           // the server has lost all of them
)

// stale tells whether an error is about the prepared statement only: somebody
// ran DISCARD ALL or altered a table, or a connection pooler passed the query
// to another server process than the one that prepared it.
func (c *conn) stale(err error) staleness {
	if err == nil {
		return fresh
	}
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return fresh
	}
	switch {
	case e.Code == codeNoSuchStatement || e.Code == codeDuplicateStatement:
		return staleAll
	case e.Code == codeFeatureNotSupported && e.Routine == "RevalidateCachedQuery":
		return staleOne
	}
	return fresh
}

// direct reports whether nobody stands between here and the server process, so
// that what was prepared is known there. Within a transaction that must be
// known beforehand, because a mistake makes the transaction fail. Poolers give
// their clients process ids of their own making.
func (c *conn) direct() bool {
	if c.server == "" && c.tx == 'T' {
		res, err := c.unprepared(query{sql: "SELECT pg_backend_pid()"}, execution{limit: minResultLimit}, &statement{})
		if err != nil {
			return false
		}
		if row, ok := res.fetch(); ok {
			c.server = row.value().s
		}
	}
	return c.server == strconv.FormatUint(uint64(c.pg.PID()), 10)
}

func (c *conn) unprepared(q query, x execution, st *statement) (*result, error) {
	c.closeDropped(q.extended)
	if q.extended {
		c.fe.SendParse(&pgproto3.Parse{Query: q.sql})
		c.sendBind("", q.params)
		c.sendExecute(true)
	} else {
		c.fe.SendQuery(&pgproto3.Query{String: q.sql})
	}
	e := c.newExchange(x, q.extended)
	err := e.run()
	if err == nil {
		st.ran(e.rows.count, e.rows.tag)
	}
	return e.result(err)
}

// byName runs a prepared statement, and prepares it in the same round trip if
// it is not.
func (c *conn) byName(q query, x execution, st *statement) (*result, error) {
	c.closeDropped(true)
	e := c.newExchange(x, true)
	if !st.prepared {
		st.name, st.columns = statementName(q.sql), nil
		e.preparing = st
		c.fe.SendParse(&pgproto3.Parse{Name: st.name, Query: q.sql})
		c.fe.SendDescribe(&pgproto3.Describe{ObjectType: 'S', Name: st.name})
	}
	c.sendBind(st.name, q.params)
	// The columns of statements such as EXECUTE and FETCH are not known
	// beforehand.
	describe := len(st.columns) == 0
	c.sendExecute(describe)
	if !describe {
		e.rows.begin(st.columns)
	}
	return e.result(e.run())
}

// closeDropped tells the server to forget statements, together with the next
// query, unless that is sent in the simple protocol.
func (c *conn) closeDropped(extended bool) {
	if !extended {
		return
	}
	for _, name := range c.statements.takeDropped() {
		c.fe.SendClose(&pgproto3.Close{ObjectType: 'S', Name: name})
	}
}

func (c *conn) sendBind(name string, params []text) {
	values := make([][]byte, len(params))
	for i, p := range params {
		if !p.null {
			values[i] = []byte(p.s)
		}
	}
	c.fe.SendBind(&pgproto3.Bind{PreparedStatement: name, Parameters: values})
}

func (c *conn) sendExecute(describe bool) {
	if describe {
		c.fe.SendDescribe(&pgproto3.Describe{ObjectType: 'P'})
	}
	c.fe.SendExecute(&pgproto3.Execute{})
	c.fe.SendSync(&pgproto3.Sync{})
}

// ping asks the server for a sign of life.
func (c *conn) ping() error {
	_, err := c.unprepared(query{}, execution{limit: listenerMessageLimit}, &statement{})
	return err
}

// receiveNotification handles one message that comes without a query.
func (c *conn) receiveNotification() error {
	msg, err := c.fe.Receive()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	if err != nil {
		return lost(err)
	}
	switch m := msg.(type) {
	case *pgproto3.NotificationResponse:
		c.notify(m)
	case *pgproto3.NoticeResponse:
		c.notice(m)
	case *pgproto3.ErrorResponse:
		return pgconn.ErrorResponseToPgError(m)
	}
	return nil
}
