package pg

import (
	"context"
	"io"
	"strconv"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/luatest"
)

func TestLua(t *testing.T) {
	luatest.Run(t, []runtime.Module{Module(), environment(t, server.NewDatabase(t))})
}

// environment gives test scripts, as globals,
//
//	conninfo     of a database
//	psql(sql)    runs SQL there on another connection and returns the result
//	terminate(p) cuts connections to the database whose last query is LIKE p
//	newdb()      makes an empty database and returns its conninfo
//	spawn(fn)    runs fn as a task
//	eventually(fn) waits until fn returns something true, and returns that
func environment(t testing.TB, db string) runtime.Module {
	return runtime.Module{
		Name: "environment",
		Open: func(rt *runtime.Runtime, L *lua.LState) lua.LValue {
			L.SetGlobal("conninfo", lua.LString(server.ConnString(db)))
			rt.SetGlobals(L, []runtime.Func{
				{Name: "psql", Fn: func(L *lua.LState) int {
					text, err := server.Query(db, runtime.String(L, 1))
					if err != nil {
						runtime.Raise(L, "%v", err)
					}
					L.Push(lua.LString(text))
					return 1
				}},
				{Name: "terminate", Fn: func(L *lua.LState) int {
					L.Push(lua.LNumber(server.Terminate(t, db, runtime.String(L, 1))))
					return 1
				}},
				{Name: "newdb", Fn: func(L *lua.LState) int {
					L.Push(lua.LString(server.ConnString(server.NewDatabase(t))))
					return 1
				}},
				{Name: "spawn", Fn: func(L *lua.LState) int {
					rt.Go("spawned", runtime.Function(L, 1))
					return 0
				}},
			})
			if err := L.DoString(eventuallyLua); err != nil {
				t.Error(err)
			}
			return nil
		},
	}
}

const eventuallyLua = `
function eventually(fn)
  for _ = 1, 2000 do
    local value = fn()
    if value then return value end
    sleep(0.005)
  end
  error('not within 10 seconds', 2)
end
`

// The surface of the module, as scripts and the manual's index see it.
func TestSurface(t *testing.T) {
	var got []string
	m := Module()
	for _, f := range m.Funcs {
		got = append(got, "pg:"+f.Name)
	}
	for _, c := range m.Classes {
		for _, f := range c.Members() {
			got = append(got, c.ClassName()+"."+f.Name)
		}
	}
	const want = `pg:new pg:encode_array pg:decode_array
		pg.Connection.execute pg.Connection.transaction pg.Connection.listen pg.Connection.unlisten pg.Connection.notify pg.Connection.close
		pg.Result.fetch pg.Result.rows pg.Result.affected
		pg.Transaction.execute`
	if strings.Join(got, " ") != strings.Join(strings.Fields(want), " ") {
		t.Errorf("got %v", got)
	}
}

// newRuntime makes a virtual machine for one test.
func newRuntime(t testing.TB, db string) (*runtime.Runtime, *logBuffer) {
	t.Helper()
	logged, log := newLog()
	rt, err := runtime.New(runtime.Config{Modules: []runtime.Module{Module(), environment(t, db)}, Stdout: io.Discard, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rt.Close() })
	return rt, logged
}

func run(t testing.TB, rt *runtime.Runtime, script string) {
	t.Helper()
	if err := rt.DoString(t.Context(), "=test", script); err != nil {
		t.Fatal(err)
	}
}

func countBackends(t testing.TB, db, state string) int {
	t.Helper()
	n, err := strconv.Atoi(server.SQL(t, "postgres", "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'qrelay' AND datname = '"+db+"' AND state LIKE '"+state+"'"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A cancelled task stops its query on the server, and leaves no transaction.
func TestCancelledTask(t *testing.T) {
	db := server.NewDatabase(t)
	rt, _ := newRuntime(t, db)
	run(t, rt, `db = pg:new(conninfo, nil, {max_connections=2})`)
	for _, script := range []string{
		`pcall(db.execute, db, 'SELECT pg_sleep(66)')`,
		`db:execute('BEGIN') pcall(db.execute, db, 'SELECT pg_sleep(66)')`,
		`db:transaction(function(tx) tx:execute('SELECT pg_sleep(66)') end)`,
		`db:transaction(function(tx) db:execute('SELECT pg_sleep(66)') end)`,
	} {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			done <- rt.Run(ctx, "cancelled", func(L *lua.LState) error { return L.DoString(script) })
		}()
		eventually(t, script+" runs", func() bool {
			return server.SQL(t, db, "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(66)'") == "1"
		})
		cancel()
		if err := <-done; err == nil {
			t.Errorf("%s: no error", script)
		}
		eventually(t, "the server has stopped, and no transaction is open", func() bool {
			return countBackends(t, db, "active") == 0 && countBackends(t, db, "idle in%") == 0
		})
	}
	run(t, rt, `assert(db:execute('SELECT 1'))`)
}

// A transaction that a handler forgets does not reach the next handler.
func TestForgottenTransaction(t *testing.T) {
	db := server.NewDatabase(t)
	rt, logged := newRuntime(t, db)
	run(t, rt, `
		db = pg:new(conninfo, nil, {max_connections=1})
		assert(db:execute('CREATE TABLE t (a int)'))
	`)
	for range 2 {
		err := rt.Run(t.Context(), "handler", func(L *lua.LState) error {
			return L.DoString(`assert(db:execute('BEGIN')) assert(db:execute('INSERT INTO t VALUES (1)'))`)
		})
		if err != nil {
			t.Fatal(err)
		}
		run(t, rt, `assert(db:execute('SELECT count(*) AS n FROM t'):fetch().n == '0')`)
	}
	if !logged.contains("a task ended within a transaction") {
		t.Error("nothing was logged")
	}
}

// The end of the runtime closes everything, whatever state it is in.
func TestCloseRuntime(t *testing.T) {
	db := server.NewDatabase(t)
	rt, _ := newRuntime(t, db)
	run(t, rt, `
		local db = pg:new(conninfo)
		assert(db:execute('BEGIN'))
		db:listen('x', print)
		local gone = pg:new(conninfo)
		assert(gone:execute('BEGIN'))
		gone:listen('x', print)
		spawn(function() db:execute('SELECT pg_sleep(67)') end)
		spawn(function() db:transaction(function(tx) tx:execute('SELECT pg_sleep(67)') end) end)
		spawn(function() gone:execute('SELECT pg_sleep(67)') end)
		eventually(function() return psql("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(67)'") == '3' end)
		gone:close()
	`)
	if err := rt.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all connections are closed", func() bool { return countBackends(t, db, "%") == 0 })
}

// A callback that fails is logged, with its name.
func TestFailingListener(t *testing.T) {
	rt, logged := newRuntime(t, server.NewDatabase(t))
	run(t, rt, `
		local db, n = pg:new(conninfo), 0
		db:listen('chan', function()
			n = n + 1
			if n == 1 then error('first') elseif n == 2 then sleep(0.001) error({}) end
		end)
		for i = 1, 3 do
			psql('NOTIFY chan')
			eventually(function() return n == i end)
		end
	`)
	if !logged.contains("listener of chan failed") || !logged.contains("first") {
		t.Errorf("logged: %s", logged)
	}
}

// A listener of a database that cannot be connected to says so.
func TestListenWithBadConnString(t *testing.T) {
	rt, logged := newRuntime(t, "postgres")
	run(t, rt, `
		local db = pg:new('this is nonsense')
		db:listen('x', print)
		assert(not pcall(db.listen, db, 'x', print))
		assert(db:unlisten('x'))
		db:listen('x', print)
		db:close()
	`)
	if !logged.contains("cannot listen for database notifications") {
		t.Errorf("logged: %s", logged)
	}
}
