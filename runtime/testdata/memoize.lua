local calls = 0
local function lookup(key, ...)
  calls = calls + 1
  return 'value of ' .. tostring(key), calls
end
local function eventually(f)
  for _ = 1, 2000 do
    if f() then return end
    sleep(0.005)
  end
  error('not within 10 seconds', 2)
end

--- remembers results by arguments
local memo = memoize(lookup)
assert.eq({memo('a')}, {'value of a', 1})
assert.eq({memo('a')}, {'value of a', 1})
assert.eq({memo('b')}, {'value of b', 2})
assert.eq(calls, 2)
assert.eq(tostring(memo), 'memoize')

--- arguments are compared by value, and different ones are told apart
local memo = memoize(function(...) calls = calls + 1 return select('#', ...) end)
local combinations = {
  {n = 0}, {'', n = 1}, {'a', n = 1}, {'a', '', n = 2}, {'', 'a', n = 2}, {'ab', n = 1}, {'a', 'b', n = 2},
  {1, n = 1}, {'1', n = 1}, {true, n = 1}, {false, n = 1}, {nil, 'a', n = 2}, {nil, nil, 'a', n = 3}, {0.5, n = 1},
}
for round = 1, 2 do
  for i, c in ipairs(combinations) do
    assert.eq(memo(unpack(c, 1, c.n)), c.n)
    assert.eq(calls, round == 1 and i or #combinations)
  end
end
assert.eq(memo('a', nil), 1) -- nil at the end does not count
memo(0)
memo(-0)
assert.eq(calls, #combinations + 1)

--- results without value, nil and false are remembered, too
local results = {none = {n = 0}, ['nil'] = {n = 1}, no = {false, n = 1}, several = {nil, nil, 3, n = 3}}
local memo = memoize(function(key) calls = calls + 1 return unpack(results[key], 1, results[key].n) end)
for _ = 1, 2 do
  for key, want in pairs(results) do
    local got = table.pack(memo(key))
    assert.eq(got, want)
  end
end
assert.eq(calls, 4)

--- errors, and nil with a message, are not remembered
local memo = memoize(function(how)
  calls = calls + 1
  if how == 'raise' then error({calls}) end
  return nil, 'failure ' .. calls
end)
for i = 1, 2 do
  local ok, e = pcall(memo, 'raise')
  assert.eq({ok, e}, {false, {i}})
end
assert.eq({memo('nil')}, {nil, 'failure 3'})
assert.eq({memo('nil')}, {nil, 'failure 4'})

--- calls at the same time share one call of the function
local release, got = false, {}
local memo = memoize(function(key) calls = calls + 1 eventually(function() return release end) return key .. calls end)
for i = 1, 5 do spawn(function() got[i] = memo('k') end) end
eventually(function() return calls == 1 end)
release = true
eventually(function() return #got == 5 end)
assert.eq(got, {'k1', 'k1', 'k1', 'k1', 'k1'})

--- they share an error as well
local release, got = false, {}
local memo = memoize(function() eventually(function() return release end) error('shared', 0) end)
for i = 1, 3 do spawn(function() got[i] = select(2, pcall(memo)) end) end
sleep(0)
release = true
eventually(function() return #got == 3 end)
assert.eq(got, {'shared', 'shared', 'shared'})

--- values get old
local memo = memoize(lookup, {ttl = 0.02})
memo('a')
eventually(function() return select(2, memo('a')) > 1 end)
assert.eq(select(2, memoize(lookup, {ttl = math.huge})('a')), calls)
local memo = memoize(lookup, {ttl = 0})
memo('a')
local before = calls
memo('a')
assert.eq(calls, before + 1)

--- an old value serves while a new one is fetched
local release = true
local memo = memoize(function() calls = calls + 1 local n = calls eventually(function() return release end) return n end, {ttl = 0.01, stale = math.huge})
assert.eq(memo(), 1)
release = false
eventually(function() assert.eq(memo(), 1) return calls == 2 end)
for _ = 1, 10 do assert.eq(memo(), 1) end -- at once, and with one refresh only
assert.eq(calls, 2)
release = true
eventually(function() return memo() >= 2 end)

--- a failed refresh leaves the old value, and is not tried again at once
local memo = memoize(function() calls = calls + 1 if calls > 1 then return nil, 'down' end return 'up' end, {ttl = 0.001, stale = math.huge})
assert.eq(memo(), 'up')
local start = os.time()
eventually(function() assert.eq(memo(), 'up') return calls >= 2 end)
for _ = 1, 20 do
  assert.eq(memo(), 'up')
  sleep(0.001)
end
assert(calls <= 2 + os.time() - start) -- one try per second; a busy machine may take that long

--- too old a value does not serve
local down = false
local memo = memoize(function() if down then return nil, 'down' end return 'up' end, {ttl = 0.001, stale = 0.02})
assert.eq(memo(), 'up')
down = true
eventually(function() return memo() == nil end)
assert.eq({memo()}, {nil, 'down'})

--- invalidate and clear
local memo = memoize(lookup)
memo('a')
memo('b')
memo:invalidate('a')
memo:invalidate('nosuch')
assert.eq(select(2, memo('a')), 3)
assert.eq(select(2, memo('b')), 2)
memo:clear()
assert.eq(select(2, memo('a')), 4)
assert.eq(select(2, memo('b')), 5)

--- a result that was declared invalid while it was fetched is not remembered
for _, forget in ipairs{function(memo) memo:invalidate('k') end, function(memo) memo:clear() end} do
  local release, got, n = false, {}, 0
  local memo = memoize(function() n = n + 1 local me = n eventually(function() return release or me > 1 end) return me end)
  spawn(function() got[1] = memo('k') end)
  eventually(function() return n == 1 end)
  forget(memo)
  assert.eq(memo('k'), 2) -- does not wait for the first one
  release = true
  eventually(function() return got[1] end)
  assert.eq(got[1], 1)
  assert.eq(memo('k'), 2)
end

--- the capacity is kept, the last used survive
local memo = memoize(lookup, {capacity = 2})
memo('a')
memo('b')
memo('a')
memo('c')
assert.eq(calls, 3)
assert.eq(select(2, memo('a')), 1)
assert.eq(select(2, memo('c')), 3)
assert.eq(select(2, memo('b')), 4)

--- a function that needs its own result is an error, not a deadlock
local memo
memo = memoize(function(key) return memo(key) end)
assert.fails(function() memo('k') end, 'a memoized function needs its own result')
local a, b
a = memoize(function(key) return b(key) end)
b = memoize(function(key) return a(key) end)
assert.fails(function() a('k') end, 'a memoized function needs its own result')
local fib
fib = memoize(function(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end)
assert.eq(fib(40), 102334155)

--- a waiting caller that is cancelled does not take others with it
local release, got = false
local memo = memoize(function() calls = calls + 1 eventually(function() return release end) return 'value' end)
local cancel = cancellable(function() memo('k') end)
eventually(function() return calls == 1 end)
spawn(function() got = memo('k') end)
cancel()
release = true
eventually(function() return got end)
assert.eq({got, calls}, {'value', 1})

--- arguments
assert.fails(function() memoize() end, 'memoize: expected 1 to 2 arguments, got 0')
assert.fails(function() memoize('x') end, "bad argument #1 to 'memoize' %(function expected, got string%)")
assert.fails(function() memoize(print, {tll = 1}) end, 'unknown option "tll" %(known: ttl, capacity, stale%)')
assert.fails(function() memoize(print, {ttl = -1}) end, 'option "ttl": seconds expected, 0 or more')
assert.fails(function() memoize(print, {stale = 0/0}) end, 'option "stale": seconds expected')
for _, v in ipairs{0, 1.5, 1e7} do
  assert.fails(function() memoize(print, {capacity = v}) end, 'option "capacity": whole number from 1 to 1000000 expected')
end
local memo = memoize(lookup)
assert.fails(function() memo({}) end, 'bad argument #1 to a memoized function %(nil, boolean, number or string expected, got table%)')
assert.fails(function() memo('a', print) end, 'bad argument #2 to a memoized function')
assert.fails(function() memo:invalidate({}) end, 'bad argument #1 to a memoized function')
assert.fails(function() memo:clear(1) end, 'memoize:clear: expected no arguments, got 1')
assert.fails(function() memo.invalidate('a') end, 'memoize expected, got string')
