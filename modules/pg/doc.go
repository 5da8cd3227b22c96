// Package pg is the Lua module "pg": a PostgreSQL client.
//
//	pg:new(conninfo [, schema [, options]]) -> db
//	pg:encode_array(table) -> string
//	pg:decode_array(string) -> table
//
//	db:execute(sql [, params]) -> result | nil, err
//	db:transaction(fn) -> results of fn | nil, err
//	db:listen(name, fn [, options])
//	db:unlisten(name) -> true | false
//	db:notify(name [, payload]) -> true | nil, err
//	db:close()
//
//	result:fetch([table [, 'a' | 'n']]) -> table | nothing
//	result:rows(['a' | 'n']) -> iterator
//	#result, result.affected
//
//	tx:execute(sql [, params]) -> result | nil, err
//
// Values are text in both directions, as PostgreSQL writes and reads them.
//
// From the bottom up: [conn] is a connection made by pgconn, on which queries
// are exchanged in one round trip each; [pool] lends connections to tasks, and
// knows when the server is away; a [trip] is made by several tasks together when
// connections are scarce; [listener] keeps a connection of its own for
// notifications; [database] is their Lua face. Nothing below database knows
// Lua.
package pg
