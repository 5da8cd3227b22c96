local name = 'case-' .. psql('SELECT gen_random_uuid()')
local db = pg:new(conninfo .. ' application_name=' .. name)
-- waits until a connection other than the given one listens, and returns its pid
local function listening(previous)
  return eventually(function()
    local pid = psql("SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND application_name = '" .. name .. "'")
    return pid ~= '' and pid ~= previous and pid
  end)
end
local function cut(pid) psql('SELECT pg_terminate_backend(' .. pid .. ')') end
local calls = {}
local function record(payload, pid, payloads) calls[#calls + 1] = {payload, type(pid), payloads} end

--- a notification runs the function as a task, from the moment that listen returns
db:listen('chan', record)
psql("NOTIFY chan, 'p1'")
eventually(function() return #calls == 1 end)
assert.eq(calls[1], {'p1', 'number', {'p1'}})
psql('NOTIFY chan')
eventually(function() return #calls == 2 end)
assert.eq(calls[2], {'', 'number', {''}})

--- while it runs, further notifications cause one more run
local runs, marks, finish = {}, 0, false
db:listen('busy', function(_, _, payloads)
  runs[#runs + 1] = payloads
  if #runs == 1 then eventually(function() return finish end) end
end)
db:listen('mark', function() marks = marks + 1 end)
local function arrived() -- all that was sent before
  local before = marks
  psql('NOTIFY mark')
  eventually(function() return marks > before end)
end
psql("NOTIFY busy, '0'")
eventually(function() return #runs == 1 end)
psql("NOTIFY busy, '1'; NOTIFY busy, '2'; NOTIFY busy, '3'")
psql("NOTIFY busy, '4'")
arrived()
assert.eq(#runs, 1)
finish = true
eventually(function() return #runs == 2 end)
arrived()
assert.eq(runs, {{'0'}, {'1', '2', '3', '4'}})

--- the function may query and wait
local got
db:listen('query', function(payload)
  sleep(0.001)
  got = assert(db:execute('SELECT $1::text AS v', {payload})):fetch().v
end)
psql("NOTIFY query, 'hello'")
assert.eq(eventually(function() return got end), 'hello')

--- names are quoted
for _, name in ipairs{'With Space', 'a"b', 'grün', "it's", 'UPPER', ('x'):rep(63)} do
  db:listen(name, function(payload) got = payload end)
  assert(db:notify(name, name))
  eventually(function() return got == name end)
end

--- arguments
assert.fails(function() db:listen() end, 'pg.Connection:listen: expected 2 to 3 arguments, got 0')
assert.fails(function() db:listen('x') end, 'expected 2 to 3 arguments, got 1')
assert.fails(function() db:listen('x', print, 1) end, "bad argument #3 to 'pg.Connection:listen' %(table expected, got number%)")
assert.fails(function() db:listen('x', print, {nosuch=true}) end, 'unknown option "nosuch" %(known: resync%)')
assert.fails(function() db:listen(nil, print) end, 'string expected, got nil')
assert.fails(function() db:listen('x', 'y') end, 'function expected, got string')
for _, name in ipairs{'', ('x'):rep(64), 'a\0b'} do
  for _, call in ipairs{function() db:listen(name, print) end, function() db:notify(name) end, function() db:unlisten(name) end} do
    assert.fails(call, "a channel's name has 1 to 63 bytes and no NUL")
  end
end
db:listen('twice', print)
assert.fails(function() db:listen('twice', print) end, '"twice" is listened to already')

--- unlisten
db:listen('chan', record)
assert.eq(db:unlisten('chan'), true)
assert.eq(db:unlisten('chan'), false)
db:listen('chan', function(payload) got = payload end)
assert(db:notify('chan', 'again'))
eventually(function() return got == 'again' end)
assert.eq(#calls, 0)

--- notify
db:listen('chan', record)
assert.eq(db:notify('chan', 'from here'), true)
eventually(function() return #calls == 1 end)
assert.eq(calls[1][1], 'from here')
assert.eq(db:notify('chan'), true)
local r, err = db:notify('chan', ('x'):rep(8000))
assert.eq(r, nil)
assert(err:find('payload string too long %(SQLSTATE 22023%)'), err)

--- notify within a transaction is sent by COMMIT
db:listen('chan', record)
assert(db:execute('BEGIN'))
assert(db:notify('chan', 'rolled back'))
assert(db:execute('ROLLBACK'))
assert(db:execute('BEGIN'))
assert(db:notify('chan', 'committed'))
assert(db:execute('COMMIT'))
eventually(function() return #calls == 1 end)
assert.eq(calls[1][1], 'committed')

--- the connection is made anew, and listening goes on
db:listen('chan', record)
local pid
for i = 1, 3 do
  pid = listening(pid)
  psql("NOTIFY chan, '" .. i .. "'")
  eventually(function() return #calls == i end)
  assert.eq(calls[i][1], tostring(i))
  cut(pid)
end

--- resync runs the function when notifications may have been missed
db:listen('chan', record, {resync=true})
eventually(function() return #calls == 1 end)
assert.eq(calls[1], {nil, 'nil', nil})
psql("NOTIFY chan, 'x'")
eventually(function() return #calls == 2 end)
assert.eq(calls[2], {'x', 'number', {'x'}})
cut(listening())
eventually(function() return #calls == 3 end)
assert.eq(calls[3], {nil, 'nil', nil})

--- without a server it returns when the first attempt has failed, and goes on in the background
local down = pg:new('host=/no/such dbname=x')
down:listen('a', record)
down:listen('b', record)
assert.fails(function() down:listen('a', record) end, 'listened to already')
down:close()

--- it may be called by a task, and by the function itself
local done
spawn(function()
  db:listen('outer', function()
    db:listen('inner', function() done = true end)
    assert(db:notify('inner'))
  end)
  assert(db:notify('outer'))
end)
eventually(function() return done end)

--- close ends listening
db:listen('chan', record)
db:close()
eventually(function() return psql("SELECT count(*) FROM pg_stat_activity WHERE application_name = '" .. name .. "'") == '0' end)
