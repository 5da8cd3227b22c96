local db = pg:new(newdb(), nil, {max_connections=2, wait_timeout=0.2})
assert(db:execute('CREATE TABLE t (v int UNIQUE)'))
local function count() return db:execute('SELECT count(*) AS n FROM t'):fetch().n end
local function idle() -- no connection is left in a transaction
  for _ = 1, 3 do assert(db:execute('SELECT 1')) end
end

--- commits, and returns what the function returns
local a, b, c = db:transaction(function(tx)
  assert.eq(tostring(tx), 'pg.Transaction')
  local r = assert(tx:execute('INSERT INTO t VALUES ($1)', {1}))
  assert.eq(r.affected, 1)
  assert.eq(tx:execute('SELECT count(*) AS n FROM t'):fetch().n, '1')
  assert.eq(count(), '0') -- others do not see it yet
  return 'x', nil, 'z'
end)
assert.eq({a, b, c}, {'x', nil, 'z'})
assert.eq(count(), '1')
assert.eq(db:transaction(function() end), true)
idle()

--- an error rolls back and is raised again
local object = {}
for _, e in ipairs{'text', object} do
  local ok, got = pcall(db.transaction, db, function(tx)
    assert(tx:execute('INSERT INTO t VALUES (1)'))
    error(e, 0)
  end)
  assert.eq(ok, false)
  assert(got == e)
end
assert.fails(function() db:transaction(function(tx) return tx.nosuch end) end, 'pg.Transaction has no attribute "nosuch"')
assert.eq(count(), '0')
idle()

--- a failed statement rolls back
local r, err = db:transaction(function(tx)
  assert(tx:execute('INSERT INTO t VALUES (1)'))
  local r, err = tx:execute('INSERT INTO t VALUES (1)')
  assert.eq(r, nil)
  assert(err:find('23505'))
  r, err = tx:execute('SELECT 1')
  assert(err:find('25P02'))
  return 'ignored'
end)
assert.eq(r, nil)
assert(err:find('^rolled back: ERROR:  duplicate key'), err)
assert.eq(count(), '0')
idle()

--- a failed COMMIT
assert(db:execute('CREATE TABLE d (v int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO d VALUES (1)'))
local r, err = db:transaction(function(tx) assert(tx:execute('INSERT INTO d VALUES (1)')) return 'ignored' end)
assert.eq(r, nil)
assert(err:find('23505'), err)
idle()

--- ending it by hand
local r = db:transaction(function(tx)
  assert(tx:execute('INSERT INTO t VALUES (1)'))
  assert(tx:execute('ROLLBACK'))
  assert.fails(function() tx:execute('SELECT 1') end, 'pg.Transaction:execute: the transaction has ended')
  return 'fine'
end)
assert.eq(r, 'fine')
assert.eq(count(), '0')
idle()

--- it cannot be used afterwards
local kept
db:transaction(function(tx) kept = tx end)
assert.fails(function() kept:execute('SELECT 1') end, 'the transaction has ended')
pcall(db.transaction, db, function(tx) kept = tx error('x') end)
assert.fails(function() kept:execute('SELECT 1') end, 'the transaction has ended')

--- it cannot be nested
assert.fails(function()
  db:transaction(function() db:transaction(print) end)
end, 'pg.Connection:transaction: transactions cannot be nested')
idle()
db:transaction(function() assert(pg:new(conninfo):transaction(function() end)) end)

--- another task cannot use it while it works
db:transaction(function(tx)
  local caught
  spawn(function() caught = select(2, pcall(tx.execute, tx, 'SELECT 1')) end)
  assert(tx:execute('SELECT pg_sleep(0.2)'))
  assert(caught:find('another task is using this transaction'), caught)
end)
idle()

--- other tasks have transactions of their own
local order = {}
for i = 1, 2 do
  spawn(function()
    assert(db:transaction(function(tx)
      assert(tx:execute('INSERT INTO t VALUES ($1)', {i}))
      order[#order + 1] = i
      eventually(function() return #order >= 2 end)
    end))
    order[#order + 1] = 'done'
  end)
end
eventually(function() return #order == 4 end)
assert.eq(count(), '2')

--- arguments
assert.fails(function() db:transaction() end, 'expected 1 argument, got 0')
assert.fails(function() db:transaction('x') end, 'function expected, got string')
assert.eq((db:transaction(function(tx)
  assert.fails(function() tx:execute() end, 'pg.Transaction:execute: expected 1 to 2 arguments, got 0')
  local r, err = tx:execute('SELECT $1', {{}})
  assert(err:find('unsupported type table'))
  return 1
end)), 1)

--- no connection is free
local one = pg:new(conninfo, nil, {max_connections=1, wait_timeout=0.05})
one:transaction(function()
  local r, err = one:execute('SELECT 1')
  assert.eq(r, nil)
  assert(err:find('no database connection became free'), err)
end)
assert(one:execute('SELECT 1'))

--- another task still uses it when the function returns
local started, result
local r, err = db:transaction(function(tx)
  spawn(function()
    started = true
    result = {tx:execute('SELECT pg_sleep(10)')}
  end)
  eventually(function() return started end)
end)
assert.eq({r, err}, {nil, 'rolled back: another task is still using the transaction'})
eventually(function() return result end)
assert.eq(result[1], nil)
idle()

--- losing the connection
local db = pg:new(conninfo)
local r, err = db:transaction(function(tx)
  assert(tx:execute("SELECT 'within'"))
  assert.eq(terminate('SELECT _within_'), 1)
  local r, err = tx:execute('SELECT 1')
  assert.eq(r, nil)
  r, err = tx:execute('SELECT 1')
  assert.eq({r, err}, {nil, 'the connection of this transaction is lost'})
  return 'ignored'
end)
assert.eq(r, nil)
assert(err:find('^rolled back: '), err)
assert(db:execute('SELECT 1'))
