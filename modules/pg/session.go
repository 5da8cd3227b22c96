package pg

import (
	"context"
	"errors"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
)

// A session is a connection that a task keeps, because it has a transaction
// open. It is guarded by the turn, the connection by busy.
type session struct {
	pool     *pool
	conn     *conn
	busy     bool // a query of it is waited for
	released bool // while busy
}

var errTransactionLost = errors.New("the connection of this transaction is lost")

// checkFree raises if another task is using the session.
func (s *session) checkFree(L *lua.LState) {
	if s.busy {
		runtime.Raise(L, "another task is using this transaction")
	}
}

// run runs a query in the session.
func (s *session) run(L *lua.LState, q query) (*result, error) {
	s.checkFree(L)
	if s.conn.broken {
		return nil, errTransactionLost
	}
	s.busy = true
	defer func() {
		s.busy = false
		if s.released {
			s.pool.release(s.conn)
		}
	}()
	return runtime.Wait(L, func(ctx context.Context) (*result, error) { return s.pool.run(ctx, s.conn, q) })
}

// release gives the connection back. What was not committed is rolled back,
// by closing it. If another task is using it, its query fails.
func (s *session) release() {
	if s.busy {
		s.released = true
		s.conn.interrupt()
		return
	}
	s.pool.release(s.conn)
}
