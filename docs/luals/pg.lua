---@meta
-- Generated from the descriptions in qrelay's source by "go generate ./docs".

---A PostgreSQL client.
pg = {}

---A database: a pool of connections, made when they are needed.
---@class pg.Connection
local db = {}

---Runs an SQL statement, with the values of params for $1, $2, ...; without params there may be
---several statements, and the result is the last one's. Waits.
---@param sql string
---@param params? table
---@return pg.Result? result
---@return string? err
function db:execute(sql, params) end

---Calls fn(tx) within a transaction, for which tx:execute runs statements, and commits; if fn
---raises, rolls back and raises that error. Waits.
---@param fn fun(tx: pg.Transaction): ...
---@return any ...
function db:transaction(fn) end

---Has fn(payload, pid, payloads) run as a task when the channel is notified. While it runs,
---further notifications cause one more run. With resync it also runs when notifications may have
---been missed. Raises if name is listened to already. Waits until listening has begun, or an
---attempt has failed; then it goes on in the background.
---@param name string
---@param fn fun(payload: string?, pid: integer?, payloads: string[]?)
---@param options? {resync?: boolean}
function db:listen(name, fn, options) end

---Ends db:listen; false if there was none.
---@param name string
---@return boolean boolean
function db:unlisten(name) end

---Notifies all who listen to the channel. Waits.
---@param name string
---@param payload? string
---@return true? ok
---@return string? err
function db:notify(name, payload) end

---Closes the connections; those in use when their query has ended. The object cannot be used
---afterwards.
function db:close() end

---The rows that a statement returned; #result is how many.
---@class pg.Result
---@field affected integer How many rows the statement inserted, updated, deleted, merged or returned; 0 for other statements.
---@operator len: integer
local result = {}

---Fills the table, or a new one, with the values of the next row and returns it: by column name
---('a', the default) or by position ('n'). Returns nothing after the last row. Values are strings,
---NULL is nil.
---@param table? table
---@param mode? 'a'|'n'
---@return table? table
function result:fetch(table, mode) end

---Returns an iterator over the rows that were not fetched yet, each a new table.
---@param mode? 'a'|'n'
---@return fun(): table? iterator
function result:rows(mode) end

---What db:transaction calls its function with.
---@class pg.Transaction
local tx = {}

---Runs an SQL statement within the transaction. Waits. Raises after the transaction has ended.
---@param sql string
---@param params? table
---@return pg.Result? result
---@return string? err
function tx:execute(sql, params) end

---Returns a database that is connected to on first use. conninfo is a connection string as libpq
---takes it; names are looked up in schema. Does not wait.
---@param conninfo string
---@param schema? string
---@param options? {max_connections?: integer, wait_timeout?: number, query_timeout?: number, max_result_size?: integer, prepare?: boolean}
---@return pg.Connection db
function pg:new(conninfo, schema, options) end

---Returns the values 1 to n of a table as a PostgreSQL array; nil becomes NULL. Raises for nested
---tables.
---@param table table
---@return string string
function pg:encode_array(table) end

---Returns the elements of a one-dimensional PostgreSQL array; NULL becomes nil, and then the field
---n says how many there are. Raises for malformed and nested arrays.
---@param string string
---@return table table
function pg:decode_array(string) end
