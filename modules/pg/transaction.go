package pg

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
)

// A transaction is what db:transaction calls its function with.
type transaction struct {
	session
	failure error // of the statement that made the transaction fail
	ended   bool  // its function has returned
}

func (m *module) transactionMethods() []runtime.Func {
	return []runtime.Func{{Name: "execute", Fn: m.txExecute,
		Sig: "tx:execute(sql [, params]) -> result | nil, err",
		Doc: "Runs an SQL statement within the transaction. Waits. Raises after the transaction has ended."}}
}

// tx:execute(sql [, params]) -> result | nil, err
func (m *module) txExecute(L *lua.LState) int {
	tx := m.transaction.Check(L, 1)
	runtime.NArgs(L, 1, 2)
	q, err := queryOf(L, 2)
	if tx.ended {
		runtime.Raise(L, "the transaction has ended")
	}
	tx.checkFree(L)
	if !tx.conn.broken && !tx.conn.inTransaction() {
		runtime.Raise(L, "the transaction has ended")
	}
	if err != nil {
		return runtime.Fail(L, err)
	}
	res, err := tx.run(L, q)
	if err != nil && tx.failure == nil {
		tx.failure = errors.New(errorText(err, q.sql))
	}
	return m.push(L, res, err, q.sql)
}

// db:transaction(fn) -> results of fn | nil, err
func (m *module) transact(L *lua.LState) int {
	d := m.database.Check(L, 1)
	runtime.NArgs(L, 1, 1)
	fn := runtime.Function(L, 2)
	if d.err != nil {
		return runtime.Fail(L, d.err)
	}
	scope := runtime.ScopeOf(L)
	if _, ok := d.sessions[scope]; ok {
		runtime.Raise(L, "this task has begun a transaction with BEGIN")
	}
	if _, ok := d.transactions[scope]; ok {
		runtime.Raise(L, "transactions cannot be nested")
	}
	tx, err := d.begin(L)
	if err != nil {
		return runtime.Fail(L, errors.New(errorText(err, "")))
	}
	d.transactions[scope] = struct{}{}
	defer func() {
		delete(d.transactions, scope)
		tx.release()
	}()
	return m.within(L, tx, fn)
}

// begin acquires a connection and begins a transaction on it.
func (d *database) begin(L *lua.LState) (*transaction, error) {
	var c *conn
	begun := false
	defer func() {
		if c != nil && !begun {
			d.pool.release(c)
		}
	}()
	_, err := runtime.Wait(L, func(ctx context.Context) (*result, error) {
		var err error
		if c, err = d.pool.acquire(ctx); err != nil {
			return nil, err
		}
		return d.pool.run(ctx, c, query{sql: "BEGIN"})
	})
	if err != nil {
		return nil, err
	}
	begun = true
	return &transaction{session: session{pool: d.pool, conn: c}}, nil
}

// within calls fn and commits, or rolls back if that fails. The connection is
// released by the caller.
func (m *module) within(L *lua.LState, tx *transaction, fn *lua.LFunction) int {
	top := L.GetTop()
	err := runtime.Call(L, fn, lua.MultRet, m.transaction.New(L, tx))
	tx.ended = true
	switch {
	case err != nil:
		_ = tx.finish(L, "ROLLBACK") // or by closing the connection
		raiseAgain(L, err)
	case tx.busy:
		return runtime.Fail(L, errors.New("rolled back: another task is still using the transaction"))
	case tx.conn.broken || tx.conn.tx == 'E':
		_ = tx.finish(L, "ROLLBACK")
		return runtime.Fail(L, fmt.Errorf("rolled back: %w", cmp.Or(tx.failure, errTransactionLost)))
	}
	if err := tx.finish(L, "COMMIT"); err != nil {
		return runtime.Fail(L, errors.New(errorText(err, "")))
	}
	if L.GetTop() == top {
		L.Push(lua.LTrue)
	}
	return L.GetTop() - top
}

// finish ends the transaction, unless its function or the server has done
// that, or the task is cancelled.
func (tx *transaction) finish(L *lua.LState, sql string) error {
	if tx.busy || !tx.conn.inTransaction() || runtime.Context(L).Err() != nil {
		return nil
	}
	_, err := tx.run(L, query{sql: sql})
	return err
}

// raiseAgain raises what a called function has raised.
func raiseAgain(L *lua.LState, err error) {
	var script *runtime.ScriptError
	if errors.As(err, &script) && script.Value != nil {
		L.Error(script.Value, 0)
	}
	L.RaiseError("%s", err)
}
