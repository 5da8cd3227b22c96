local db = pg:new(conninfo)

--- a query at start-up waits for its result
local result = assert(db:execute("SELECT id, name FROM (VALUES (1, 'one'), (2, 'two')) AS t (id, name)"))
assert.eq(type(result), 'userdata')
local row = result:fetch({}, 'a')
assert.eq(row, {id = '1', name = 'one'})

--- arguments
assert.fails(function() db:execute() end, 'pg.Connection:execute: expected 1 to 2 arguments, got 0')
assert.fails(function() db:execute(nil) end, "bad argument #1 to 'pg.Connection:execute' %(string expected, got nil%)")
assert.fails(function() db:execute({}) end, 'string expected, got table')
assert.fails(function() db:execute('SELECT 1', 'x') end, "bad argument #2 to 'pg.Connection:execute' %(table expected, got string%)")
assert.fails(function() db:execute('SELECT 1', {}, 1) end, 'expected 1 to 2 arguments, got 3')
assert.fails(function() db.execute({}, 'SELECT 1') end, 'pg.Connection expected, got table')
assert.fails(function() db.execute('SELECT 1') end, 'pg.Connection expected, got string')
assert.eq(db:execute('SELECT 1', nil):fetch({}, 'n'), {'1'})

--- every value comes as PostgreSQL's text for it
local r = assert(db:execute([[SELECT 42 AS i, -1::bigint AS b, 1.50::numeric AS n, 0.1::float8 AS f, true AS t, false AS u, 'a b'::char(5) AS c,
  '\x00ff'::bytea AS y, '2024-02-29 12:34:56.789'::timestamp AS ts, '{1,2,NULL}'::int[] AS arr, '{"a": 1}'::json AS j, 'grün'::text AS g]]))
assert.eq(r:fetch(), {i='42', b='-1', n='1.50', f='0.1', t='t', u='f', c='a b  ', y='\\x00ff', ts='2024-02-29 12:34:56.789', arr='{1,2,NULL}', j='{"a": 1}', g='grün'})

--- parameters
local function echo(...)
  return assert(db:execute('SELECT $1::text AS v', {...})):fetch().v
end
assert.eq(echo('it\'s "quoted" \\ $1'), 'it\'s "quoted" \\ $1')
assert.eq(echo(''), '')
assert.eq(echo(42), '42')
assert.eq(echo(-0.5), '-0.5')
assert.eq(echo(1e15), '1000000000000000')
assert.eq(echo(2^53), '9007199254740992')
assert.eq(echo(0.1), '0.1')
assert.eq(echo(1/0), 'Infinity')
assert.eq(echo(true), '1')
assert.eq(echo(false), '0')
assert.eq(db:execute('SELECT $1::bool AS b, $2::int AS i', {true, false}):fetch(), {b = 't', i = '0'})
assert.eq(db:execute('SELECT $1::bytea AS b', {'\\x00ff'}):fetch().b, '\\x00ff')
assert.eq(db:execute('SELECT $1::bigint AS b', {-2^63}):fetch().b, '-9223372036854775808')

--- nil is NULL, also first and last
local function nulls(params)
  return assert(db:execute('SELECT $1::text IS NULL AS a, $2::text IS NULL AS b, $3::text IS NULL AS c', params)):fetch({}, 'n')
end
assert.eq(nulls({'x', nil, 'z'}), {'f', 't', 'f'})
assert.eq(nulls({nil, nil, 'z'}), {'t', 't', 'f'})
assert.eq(nulls({'x', n = 3}), {'f', 't', 't'})
assert.eq(nulls(table.pack(nil, 'y', nil)), {'t', 'f', 't'})
assert.eq((db:execute('SELECT $1::text, $2::text', {'a'})), nil)

--- bad parameters
local function refused(params, pattern)
  local r, err = db:execute('SELECT $1::text', params)
  assert.eq(r, nil)
  assert(err:find(pattern), err)
end
refused({{}}, '^parameter 1: unsupported type table %(nil, boolean, number or string expected%)')
refused({'a', print}, '^parameter 2: unsupported type function')
refused({db}, '^parameter 1: unsupported type pg.Connection')
refused({'a\0b'}, 'parameter 1 holds a NUL byte')
refused({[1e9] = 'x'}, 'the highest index is 1000000000')
refused({n = 1e9}, 'the highest index is 1000000000')
refused({'a', 'b'}, '08P01')
refused({}, '08P01')
local r, err = db:execute('SELECT $1::text')
assert(err:find('42P02'), err)
r, err = db:execute('SELECT $1::int', {'abc'})
assert(err:find('22P02'), err)
r, err = db:execute('SELECT $1::int', {1.5})
assert(err:find('22P02'), err)
assert(db:execute("SELECT 'ok'", {x = 1, [0] = 2, [1.5] = 3}))

--- errors carry PostgreSQL's message and SQLSTATE
local function fails(sql, params)
  local results = table.pack(db:execute(sql, params))
  assert.eq(results.n, 2)
  assert.eq(results[1], nil)
  return results[2]
end
assert.eq(fails('SELECT * FROM nosuch'), 'ERROR:  relation "nosuch" does not exist (SQLSTATE 42P01)\nLINE 1: SELECT * FROM nosuch\n                      ^')
assert.eq(fails('SELECT 1/0'), 'ERROR:  division by zero (SQLSTATE 22012)')
assert(fails('SELEC 1'):find('^ERROR:  syntax error at or near "SELEC" %(SQLSTATE 42601%)'))
assert(fails('SELECT nosuch($1)', {'x'}):find('\nHINT:  '))
assert.eq(db:execute('SELECT 1 AS one'):fetch().one, '1')
assert.fails(function() assert(db:execute('SELECT 1/0')) end, 'division by zero')

--- several statements
local r = assert(db:execute('SELECT 1 AS a; SELECT 2 AS a'))
assert.eq(r:fetch(), {a = '2'})
local r, err = db:execute('SELECT 1 AS a; SELECT 1/0; SELECT 3 AS a')
assert(err:find('division by zero'))
r, err = db:execute('SELECT $1::int; SELECT 2', {1})
assert(err:find('multiple commands'))
assert.eq(assert(db:execute('')):fetch(), nil)
assert.eq(assert(db:execute('-- comment')):fetch(), nil)

--- statements without rows, and with RETURNING
local db = pg:new(newdb())
assert.eq(assert(db:execute('CREATE TABLE t (id serial, v text)')):fetch(), nil)
local r = assert(db:execute("INSERT INTO t (v) VALUES ('a'), ('b')"))
assert.eq({r.affected, #r, r:fetch()}, {2, 0})
r = assert(db:execute("INSERT INTO t (v) VALUES ($1) RETURNING id, v", {'c'}))
assert.eq({r.affected, #r, r:fetch()}, {1, 1, {id = '3', v = 'c'}})
r = assert(db:execute("UPDATE t SET v = v || 'x' WHERE id <= 2"))
assert.eq(r.affected, 2)
r = assert(db:execute('SELECT v FROM t ORDER BY id'))
assert.eq({r.affected, #r}, {3, 3})
assert.eq(db:execute('TRUNCATE t').affected, 0)

--- BEGIN keeps the task on one connection until the end of the transaction
local db = pg:new(newdb())
assert(db:execute('CREATE TABLE t (v int); INSERT INTO t VALUES (1), (2)'))
for _, last in ipairs{'ROLLBACK', 'COMMIT'} do
  assert(db:execute('BEGIN'))
  local pid = db:execute('SELECT pg_backend_pid() AS pid'):fetch().pid
  assert(db:execute('DELETE FROM t'))
  local seen
  spawn(function() seen = db:execute('SELECT count(*) AS n FROM t'):fetch().n end)
  assert.eq(eventually(function() return seen end), '2')
  assert.eq(db:execute('SELECT pg_backend_pid() AS pid'):fetch().pid, pid)
  assert.fails(function() db:transaction(print) end, 'this task has begun a transaction with BEGIN')
  assert(db:execute(last))
  assert.eq(db:execute('SELECT count(*) AS n FROM t'):fetch().n, last == 'COMMIT' and '0' or '2')
end

--- a failed statement within BEGIN
assert(db:execute('BEGIN'))
assert.eq((db:execute('SELECT 1/0')), nil)
local r, err = db:execute('SELECT 1')
assert(err:find('25P02'), err)
assert(db:execute('ROLLBACK'))
assert(db:execute('SELECT 1'))

--- losing the connection within BEGIN
assert(db:execute('BEGIN'))
assert(db:execute("SELECT 'in transaction'"))
assert.eq(terminate("SELECT _in transaction_"), 1)
assert.eq((db:execute('SELECT 1')), nil)
assert(db:execute('SELECT 1'))

--- queries of independent tasks run side by side
local db = pg:new(conninfo, nil, {max_connections=3})
local finished = 0
for _ = 1, 3 do
  spawn(function()
    -- ends when all three are there
    assert(db:execute([[DO $$ BEGIN
      PERFORM pg_advisory_lock_shared(2);
      WHILE (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 2) < 3 LOOP PERFORM pg_sleep(0.005); END LOOP;
    END $$]]))
    finished = finished + 1
  end)
end
eventually(function() return finished == 3 end)

--- anywhere in Lua
local t = {3, 1, 2}
table.sort(t, function(a, b) return assert(db:execute('SELECT $1::int < $2::int AS less', {a, b})):fetch().less == 't' end)
assert.eq(t, {1, 2, 3})
local ok, err = pcall(function() return assert(db:execute('SELECT * FROM nosuch')) end)
assert(not ok and err:find('42P01'))
local co = coroutine.wrap(function() coroutine.yield(db:execute('SELECT 1 AS one'):fetch().one) end)
assert.eq(co(), '1')
local object = setmetatable({}, {__index = function(_, key) return db:execute('SELECT $1::text AS v', {key}):fetch().v end})
assert.eq(object.colour, 'colour')

--- large values and many rows
local r = assert(db:execute('SELECT n, n * n AS sq FROM generate_series(1, 20000) AS n'))
local sum, t = 0, {}
while r:fetch(t, 'a') do sum = sum + tonumber(t.n) end
assert.eq({sum, t.n, t.sq}, {200010000, '20000', '400000000'})
local s = ('x'):rep(2000000)
local row = assert(db:execute('SELECT length($1::text) AS l, $1::text AS s', {s})):fetch()
assert.eq(row.l, '2000000')
assert(row.s == s)
