local db = pg:new(conninfo)
local function q() return assert(db:execute("SELECT 1 AS id, 'x' AS name UNION ALL SELECT 2, 'y' ORDER BY 1")) end

--- modes
assert.eq(q():fetch(), {id = '1', name = 'x'})
assert.eq(q():fetch({}), {id = '1', name = 'x'})
assert.eq(q():fetch({}, 'a'), {id = '1', name = 'x'})
assert.eq(q():fetch({}, 'n'), {'1', 'x'})
assert.eq(q():fetch({}, nil), {id = '1', name = 'x'})
assert.eq(q():fetch(nil, 'n'), {'1', 'x'})
assert.fails(function() q():fetch({}, 'x') end, "bad argument #2 to 'pg.Result:fetch' %(Bad mode \"x\"")
assert.fails(function() q():fetch({}, '') end, 'Bad mode')
assert.fails(function() q():fetch({}, 1) end, 'Bad mode')
assert.fails(function() q():fetch({}, {}) end, 'string expected, got table')
assert.fails(function() q():fetch('a') end, 'table expected, got string')
local r = q()
assert.fails(function() r.fetch({}, {}) end, 'pg.Result expected, got table')
assert.eq(r.foo, nil)
assert.eq(tostring(r), 'pg.Result')

--- the given table is filled and returned
local r, t = q(), {old = 'kept', id = 'overwritten'}
assert(r:fetch(t, 'a') == t)
assert.eq(t, {id = '1', name = 'x', old = 'kept'})
assert(r:fetch(t, 'n') == t)
assert.eq(t, {'2', 'y', id = '1', name = 'x', old = 'kept'})

--- after the last row there is nothing
local r = q()
r:fetch()
r:fetch()
assert.eq(select('#', r:fetch()), 0)
assert.eq(select('#', r:fetch({}, 'x')), 0)

--- NULL is nil: absent from a new table, cleared in a used one
local function nulls() return assert(db:execute("SELECT 1 AS a, NULL AS b, 'x' AS c")) end
assert.eq(nulls():fetch(), {a = '1', c = 'x'})
assert.eq(nulls():fetch({b = 'old', d = 'old'}, 'a'), {a = '1', c = 'x', d = 'old'})
assert.eq(nulls():fetch({'o1', 'o2', 'o3', 'o4'}, 'n'), {'1', nil, 'x', 'o4'})
assert.eq(assert(db:execute("SELECT ''::text AS a, NULL::text AS b")):fetch(), {a = ''})

--- columns of the same name: the last counts
assert.eq(assert(db:execute('SELECT 1 AS a, 2 AS a')):fetch(), {a = '2'})
assert.eq(assert(db:execute('SELECT 1 AS a, 2 AS a')):fetch({}, 'n'), {'1', '2'})
assert.eq(assert(db:execute('SELECT')):fetch(), {})

--- rows
local seen = {}
for row in q():rows() do seen[#seen + 1] = row end
assert.eq(seen, {{id = '1', name = 'x'}, {id = '2', name = 'y'}})
seen = {}
local r = q()
r:fetch()
for row in r:rows('n') do seen[#seen + 1] = row end
assert.eq(seen, {{'2', 'y'}})
for _ in r:rows() do error('no row is left') end
assert.fails(function() r:rows('x') end, "bad argument #1 to 'pg.Result:rows' %(Bad mode")
assert.fails(function() r:rows('a', 'b') end, 'expected 0 to 1 argument')

--- length
local r = q()
assert.eq(#r, 2)
r:fetch()
assert.eq(#r, 2)
assert.eq(#assert(db:execute('SELECT 1 WHERE false')), 0)

--- results outlive their database
local db = pg:new(conninfo)
local r = assert(db:execute('SELECT 1 AS a'))
db:close()
assert.eq(r:fetch(), {a = '1'})
