--- arguments
assert.eq(type(pg), 'table')
assert.eq(require('pg'), pg)
assert.eq(type(pg:new('x')), 'userdata')
assert.eq(tostring(pg:new('x', nil)), 'pg.Connection')
assert.fails(function() pg:new() end, 'pg:new: expected 1 to 3 arguments, got 0')
assert.fails(function() pg:new(nil) end, "bad argument #1 to 'pg:new' %(string expected, got nil%)")
assert.fails(function() pg:new({}) end, 'string expected, got table')
assert.fails(function() pg:new('x', {}) end, "bad argument #2 to 'pg:new' %(string expected, got table%)")
assert.fails(function() pg:new('x', 'a\0b') end, 'without NUL')
assert.fails(function() pg:new('x', 'y', 'z') end, "bad argument #3 to 'pg:new' %(table expected, got string%)")
assert.fails(function() pg:new('x', 'y', {}, 1) end, 'expected 1 to 3 arguments, got 4')
assert.fails(function() pg.new('x') end, 'call it with a colon: pg:new%(conninfo%)')
assert.eq(pg:new('x').foo, nil)

--- options
assert.fails(function() pg:new('', nil, {max_conections=1}) end, 'unknown option "max_conections" %(known: max_connections, wait_timeout, query_timeout, max_result_size, prepare%)')
for _, v in ipairs{0, -1, 1.5, 1001, 0/0} do
  assert.fails(function() pg:new('', nil, {max_connections=v}) end, 'option "max_connections": whole number from 1 to 1000 expected')
end
assert.fails(function() pg:new('', nil, {max_connections='2'}) end, 'number expected, got string')
assert.fails(function() pg:new('', nil, {wait_timeout=-1}) end, 'option "wait_timeout": seconds from 0 to 1000000000 expected, got %-1')
assert.fails(function() pg:new('', nil, {query_timeout=1/0}) end, 'expected, got Infinity')
assert.fails(function() pg:new('', nil, {max_result_size=1}) end, 'whole number from 65536 to 2147483647 expected, got 1')
assert.fails(function() pg:new('', nil, {prepare=1}) end, 'boolean expected, got number')
local db = pg:new(conninfo, nil, {max_connections=1, wait_timeout=0.5, query_timeout=3, max_result_size=65536, prepare=false})
assert.eq(assert(db:execute('SELECT 1 AS one')):fetch().one, '1')

--- the options do what they say
local db = pg:new(conninfo, nil, {max_connections=1, wait_timeout=0.05})
local done
spawn(function() done = {db:execute('SELECT pg_sleep(0.3)')} end)
eventually(function() return psql("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(0.3)'") == '1' end)
local r, err = db:execute('SELECT 1')
assert.eq(r, nil)
assert.eq(err, 'no database connection became free within 50ms (all 1 are in use, see max_connections)')
eventually(function() return done end)
assert(done[1], done[2])
r, err = pg:new(conninfo, nil, {query_timeout=0.05}):execute('SELECT pg_sleep(10)')
assert.eq({r, err}, {nil, 'the query took longer than query_timeout (50ms)'})
r, err = pg:new(conninfo, nil, {max_result_size=65536}):execute("SELECT repeat('x', 65536)")
assert.eq({r, err}, {nil, 'the result is larger than 65536 bytes (see max_result_size)'})

--- failures of connecting are not raised
for _, s in ipairs{'host=/no/such/directory dbname=x', conninfo .. 'nosuch', 'this is nonsense', 'host=127.0.0.1 port=1 dbname=x', 'host=h nosuch=1'} do
  local db = pg:new(s)
  for _ = 1, 2 do
    local r, err = db:execute('SELECT 1')
    assert.eq(r, nil)
    assert.eq(type(err), 'string')
    r, err = db:transaction(function() error('never called') end)
    assert.eq(r, nil)
    assert.eq(type(err), 'string')
    r, err = db:notify('x')
    assert.eq(r, nil)
    assert.eq(type(err), 'string')
  end
  db:close()
end

--- schema
psql([[CREATE SCHEMA "It's"; CREATE TABLE "It's".t AS SELECT 'quoted' AS v; CREATE TABLE t AS SELECT 'in public' AS v]])
assert.eq(assert(pg:new(conninfo):execute('SELECT v FROM t')):fetch().v, 'in public')
assert.eq(assert(pg:new(conninfo, ''):execute('SELECT v FROM t')):fetch().v, 'in public')
assert.eq(assert(pg:new(conninfo, "It's"):execute('SELECT v FROM t')):fetch().v, 'quoted')
local missing = pg:new(conninfo, 'nosuch')
assert.eq((missing:execute('SELECT v FROM t')), nil)
assert.eq(assert(missing:execute('SELECT 1 AS one')):fetch().one, '1')
psql([[DROP SCHEMA "It's" CASCADE; DROP TABLE t]])

--- close
local db = pg:new(conninfo)
assert(db:execute('SELECT 1'))
db:close()
for _, method in ipairs{'execute', 'transaction', 'listen', 'unlisten', 'notify', 'close'} do
  assert.fails(function() return db[method] end, '^new.lua:%d+: the database object is closed')
end
assert.eq(tostring(db), 'pg.Connection')

--- closing under a running query lets it finish
local db, result = pg:new(conninfo)
spawn(function() result = db:execute('SELECT pg_sleep(0.2), 7 AS seven') end)
eventually(function() return psql("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%7 AS seven'") == '1' end)
db:close()
assert.eq(eventually(function() return result end):fetch().seven, '7')
