package pg

import (
	"context"
	"fmt"
	"log/slog"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
)

// A database is what pg:new returns. Its fields are guarded by the turn, except
// for pool and listener, which guard themselves.
type database struct {
	rt       *runtime.Runtime
	log      *slog.Logger
	pool     *pool
	err      error     // of the connection string; then there is no pool
	listener *listener // nil until db:listen is called
	life     context.Context
	end      context.CancelFunc // ends listening
	closed   bool

	// sessions are the connections of tasks that have a transaction open.
	sessions map[*runtime.Scope]*session
	// transactions are the tasks within db:transaction.
	transactions map[*runtime.Scope]struct{}
	channels     map[string]*subscription
}

func newDatabase(rt *runtime.Runtime, connString, schema string, opts poolOptions) *database {
	d := &database{
		rt: rt, log: rt.Logger(),
		sessions:     map[*runtime.Scope]*session{},
		transactions: map[*runtime.Scope]struct{}{},
		channels:     map[string]*subscription{},
	}
	d.life, d.end = context.WithCancel(context.Background())
	cfg, err := parseConnString(connString, schema)
	if err != nil {
		d.err = err
		return d
	}
	d.log = d.log.With("database", cfg.Database)
	d.pool = newPool(cfg, opts, d.log)
	return d
}

func (m *module) databaseMethods() []runtime.Func {
	return []runtime.Func{
		{Name: "execute", Fn: m.execute,
			Sig: "db:execute(sql [, params]) -> result | nil, err",
			Doc: "Runs an SQL statement, with the values of params for $1, $2, ...; without params there may be several statements, and the result is the last one's. Waits."},
		{Name: "transaction", Fn: m.transact,
			Types: map[string]string{"fn": "fun(tx: pg.Transaction): ..."},
			Sig:   "db:transaction(fn) -> results of fn | nil, err",
			Doc:   "Calls fn(tx) within a transaction, for which tx:execute runs statements, and commits; if fn raises, rolls back and raises that error. Waits."},
		{Name: "listen", Fn: m.listen,
			Types: map[string]string{"fn": "fun(payload: string?, pid: integer?, payloads: string[]?)"},
			Sig:   "db:listen(name, fn [, {resync=true}])",
			Doc:   "Has fn(payload, pid, payloads) run as a task when the channel is notified. While it runs, further notifications cause one more run. With resync it also runs when notifications may have been missed. Raises if name is listened to already. Waits until listening has begun, or an attempt has failed; then it goes on in the background."},
		{Name: "unlisten", Fn: m.unlisten,
			Sig: "db:unlisten(name) -> boolean",
			Doc: "Ends db:listen; false if there was none."},
		{Name: "notify", Fn: m.notify,
			Sig: "db:notify(name [, payload]) -> true | nil, err",
			Doc: "Notifies all who listen to the channel. Waits."},
		{Name: "close", Fn: m.close,
			Sig: "db:close()",
			Doc: "Closes the connections; those in use when their query has ended. The object cannot be used afterwards."},
	}
}

// db:execute(sql [, params]) -> result | nil, err
func (m *module) execute(L *lua.LState) int {
	d := m.database.Check(L, 1)
	runtime.NArgs(L, 1, 2)
	q, err := queryOf(L, 2)
	if err != nil {
		return runtime.Fail(L, err)
	}
	res, err := d.execute(L, q)
	return m.push(L, res, err, q.sql)
}

// push pushes what a query gave.
func (m *module) push(L *lua.LState, res *result, err error, sql string) int {
	if err != nil {
		L.Push(lua.LNil)
		L.Push(lua.LString(errorText(err, sql)))
		return 2
	}
	L.Push(m.result.New(L, res))
	return 1
}

// execute runs a query for the task of L: on the connection on which that has
// a transaction open, or on any.
func (d *database) execute(L *lua.LState, q query) (*result, error) {
	if d.err != nil {
		return nil, d.err
	}
	scope := runtime.ScopeOf(L)
	if s := d.sessions[scope]; s != nil {
		res, err := s.run(L, q)
		if !s.conn.inTransaction() {
			s.release()
			delete(d.sessions, scope)
		}
		return res, err
	}
	var left *conn // with an open transaction
	defer func() {
		if left != nil { // the task was cancelled
			d.pool.release(left)
		}
	}()
	res, err := runtime.Wait(L, func(ctx context.Context) (*result, error) {
		res, c, err := d.pool.execute(ctx, q)
		left = c
		return res, err
	})
	if left != nil {
		s := &session{pool: d.pool, conn: left}
		left = nil
		d.sessions[scope] = s
		scope.Add(pinned{d, scope})
	}
	return res, err
}

// A pinned is the session of a task that has opened a transaction with BEGIN,
// to be closed with the task.
type pinned struct {
	d     *database
	scope *runtime.Scope
}

// Close rolls back what was not committed.
func (p pinned) Close() error {
	if s := p.d.sessions[p.scope]; s != nil {
		p.d.log.Warn("a task ended within a transaction, which is rolled back")
		s.release()
		delete(p.d.sessions, p.scope)
	}
	return nil
}

// db:notify(name [, payload]) -> true | nil, err
func (m *module) notify(L *lua.LState) int {
	d := m.database.Check(L, 1)
	runtime.NArgs(L, 1, 2)
	name, payload := channelName(L, 2), runtime.OptString(L, 3, "")
	q := query{"SELECT pg_notify($1, $2)", []text{{s: name}, {s: payload}}, true}
	if _, err := d.execute(L, q); err != nil {
		return runtime.Fail(L, fmt.Errorf("%s", errorText(err, q.sql)))
	}
	L.Push(lua.LTrue)
	return 1
}

// db:close()
func (m *module) close(L *lua.LState) int {
	d := m.database.Check(L, 1)
	runtime.NArgs(L, 0, 0)
	d.shut()
	m.forget(d)
	return 0
}

// shut ends listening and closes the connections in the background.
// Transactions that are open between two statements are rolled back.
func (d *database) shut() {
	d.closed = true
	d.end()
	for scope, s := range d.sessions {
		if !s.busy {
			s.release()
			delete(d.sessions, scope)
		}
	}
	for _, s := range d.channels {
		_ = s.callback.Close() // cannot fail
	}
	if d.pool != nil {
		d.pool.shut()
	}
}

// wait waits until all connections of a database that was shut are closed.
func (d *database) wait() {
	if d.pool != nil {
		d.pool.close()
	}
}
