package pg

import (
	"context"
	"math"
	"strings"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
)

// Module returns the Lua module.
func Module() runtime.Module {
	described := newModule()
	return runtime.Module{
		Name:    "pg",
		Doc:     "A PostgreSQL client.",
		Funcs:   described.funcs(),
		Classes: []runtime.Describer{described.database, described.result, described.transaction},
		Open: func(rt *runtime.Runtime, L *lua.LState) lua.LValue {
			m := newModule()
			rt.OnClose(m.closeAll)
			rt.OnReadings(m.readings)
			return rt.NewTable(L, "pg:", m.funcs())
		},
	}
}

// A module belongs to one virtual machine.
type module struct {
	database    *runtime.Class[*database]
	result      *runtime.Class[*result]
	transaction *runtime.Class[*transaction]

	mu   sync.Mutex
	open map[*database]struct{}
}

// newModule makes the classes.
//
// Compat: members that databases and results do not have are nil.
func newModule() *module {
	m := &module{open: map[*database]struct{}{}}
	m.database = &runtime.Class[*database]{
		Name:    "pg.Connection",
		Doc:     "A database: a pool of connections, made when they are needed.",
		Lenient: true, Methods: m.databaseMethods(),
		Valid: func(L *lua.LState, d *database) {
			if d.closed {
				L.RaiseError("%s", errClosed)
			}
		},
	}
	m.result = &runtime.Class[*result]{
		Name:    "pg.Result",
		Doc:     "The rows that a statement returned; #result is how many.",
		Lenient: true, Methods: m.resultMethods(),
		Attrs: []runtime.Attr[*result]{{
			Name: "affected",
			Type: "integer",
			Doc:  "How many rows the statement inserted, updated, deleted, merged or returned; 0 for other statements.",
			Get:  func(_ *lua.LState, r *result) lua.LValue { return lua.LNumber(r.affected) },
		}},
		Meta: []runtime.Func{{Name: "__len", Fn: m.length, Sig: "#result -> number", Doc: "How many rows there are, fetched or not."}},
	}
	m.transaction = &runtime.Class[*transaction]{
		Name:    "pg.Transaction",
		Doc:     "What db:transaction calls its function with.",
		Methods: m.transactionMethods(),
	}
	return m
}

func (m *module) funcs() []runtime.Func {
	return []runtime.Func{
		{Name: "new", Fn: m.new,
			Sig: "pg:new(conninfo [, schema [, {max_connections=, wait_timeout=, query_timeout=, max_result_size=, prepare=}]]) -> db",
			Doc: "Returns a database that is connected to on first use. conninfo is a connection string as libpq takes it; names are looked up in schema. Does not wait."},
		{Name: "encode_array", Fn: m.encodeArray,
			Sig: "pg:encode_array(table) -> string",
			Doc: "Returns the values 1 to n of a table as a PostgreSQL array; nil becomes NULL. Raises for nested tables."},
		{Name: "decode_array", Fn: m.decodeArray,
			Sig: "pg:decode_array(string) -> table",
			Doc: "Returns the elements of a one-dimensional PostgreSQL array; NULL becomes nil, and then the field n says how many there are. Raises for malformed and nested arrays."},
	}
}

// checkModule makes sure that a function of the module was called with a colon.
func checkModule(L *lua.LState, call string) {
	if L.Get(1).Type() != lua.LTTable {
		runtime.ArgError(L, 1, "call it with a colon: %s", call)
	}
}

// Limits of the options of pg:new.
const (
	maxMaxConnections = 1000
	minResultLimit    = 64 << 10
	maxSeconds        = 1e9
)

// pg:new(conninfo [, schema [, options]]) -> db
func (m *module) new(L *lua.LState) int {
	checkModule(L, "pg:new(conninfo)")
	runtime.NArgs(L, 1, 3)
	connString := runtime.String(L, 2)
	schema := runtime.OptString(L, 3, "")
	if strings.IndexByte(schema, 0) >= 0 {
		runtime.ArgError(L, 3, "a schema's name without NUL expected")
	}
	d := newDatabase(runtime.Of(L), connString, schema, poolOptionsOf(L, 4))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open[d] = struct{}{}
	L.Push(m.database.New(L, d))
	return 1
}

// poolOptionsOf reads the options of pg:new.
func poolOptionsOf(L *lua.LState, n int) poolOptions {
	o := runtime.Options(L, n, "max_connections", "wait_timeout", "query_timeout", "max_result_size", "prepare")
	return poolOptions{
		maxConnections: int(whole(o, "max_connections", defaultMaxConnections, 1, maxMaxConnections)),
		waitTimeout:    seconds(o, "wait_timeout", defaultWaitTimeout),
		queryTimeout:   seconds(o, "query_timeout", 0),
		grace:          defaultGrace,
		execution: execution{
			prepare: o.Bool("prepare", true),
			limit:   int(whole(o, "max_result_size", defaultResultLimit, minResultLimit, math.MaxInt32)),
		},
	}
}

func whole(o *runtime.OptionsTable, name string, def, lowest, highest float64) float64 {
	v := o.Number(name, def)
	if v != math.Trunc(v) || v < lowest || v > highest {
		o.Error(name, "whole number from "+formatNumber(lowest)+" to "+formatNumber(highest)+" expected, got "+formatNumber(v))
	}
	return v
}

func seconds(o *runtime.OptionsTable, name string, def time.Duration) time.Duration {
	v := o.Number(name, def.Seconds())
	if !(v >= 0 && v <= maxSeconds) {
		o.Error(name, "seconds from 0 to "+formatNumber(maxSeconds)+" expected, got "+formatNumber(v))
	}
	return time.Duration(v * float64(time.Second))
}

// closeAll closes all databases and waits until that is done. All tasks have
// ended.
func (m *module) closeAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for d := range m.open {
		d.shut()
	}
	for d := range m.open {
		d.wait()
	}
}

// forget waits in the background until a database that was shut is closed.
func (m *module) forget(d *database) {
	d.rt.Spawn(func(context.Context) {
		d.wait()
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.open, d)
	})
}
