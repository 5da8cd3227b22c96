local l = limiter.new{rate = 1}
local wrong = {true, {}, print, coroutine.create(print), l, io.stdout}
local new = "bad argument #1 to 'limiter.new' %(option "

--- new with wrong arguments
assert.fails(function() limiter.new() end, 'limiter.new: expected 1 argument, got 0')
assert.fails(function() limiter.new({rate = 1}, 1) end, 'limiter.new: expected 1 argument, got 2')
assert.fails(function() limiter:new{rate = 1} end, 'limiter.new: expected 1 argument, got 2')
assert.fails(function() limiter.new(nil) end, "bad argument #1 to 'limiter.new' %(table expected, got nil%)")
assert.fails(function() limiter.new(10) end, "bad argument #1 to 'limiter.new' %(table expected, got number%)")

--- options that do not exist
assert.fails(function() limiter.new{rate = 1, bursts = 2} end,
  "bad argument #1 to 'limiter.new' %(unknown option \"bursts\" %(known: rate, per, burst, capacity%)%)")
assert.fails(function() limiter.new{10} end, 'unknown option of type number %(known: ')

--- the rate is needed
assert.fails(function() limiter.new{} end, new .. "\"rate\": it is missing: tokens that a bucket gets every 'per' seconds%)")
assert.fails(function() limiter.new{per = 60, burst = 10} end, new .. '"rate": it is missing')

--- options of a wrong type
for _, name in ipairs{'rate', 'per', 'burst', 'capacity'} do
  for _, v in ipairs{'1', true, {}, print, l} do
    assert.fails(function() limiter.new{rate = name ~= 'rate' and 1 or v, [name] = v} end, new .. '"' .. name .. '": number expected, got ')
  end
end

--- options out of range
for _, name in ipairs{'rate', 'per', 'burst'} do
  for _, v in ipairs{0, -1, 1/0, -1/0, 0/0} do
    assert.fails(function() limiter.new{rate = name ~= 'rate' and 1 or v, [name] = v} end, new .. '"' .. name .. '": number greater than 0 expected, got ')
  end
end
assert.fails(function() limiter.new{rate = 1, burst = 0.5} end, new .. '"burst": 1 or more expected, got 0.5%)')
for _, v in ipairs{0, -1, 1.5, 10000001, 1/0, 0/0} do
  assert.fails(function() limiter.new{rate = 1, capacity = v} end, new .. '"capacity": whole number from 1 to 10000000 expected, got ')
end

--- rates that cannot be counted
assert.fails(function() limiter.new{rate = 1e10} end, new .. '"rate": at most 1000000000 per second can be counted%)')
assert.fails(function() limiter.new{rate = 1e300, per = 1e-300} end, new .. '"rate": at most 1000000000 per second')
limiter.new{rate = 1e9}
assert.fails(function() limiter.new{rate = 1, per = 1e9, burst = 2} end, new .. '"burst": with this rate it takes more than 1000000000 seconds to fill a bucket%)')
assert.fails(function() limiter.new{rate = 1e-300, per = 1e300} end, new .. '"burst": with this rate')
local slow = limiter.new{rate = 1, per = 1e9}
assert.eq(slow:allow('a'), true)
assert.eq({slow:allow('a')}, {false, 1e9})

--- wrong numbers of arguments
assert.fails(function() l:allow() end, 'limiter:allow: expected 1 to 2 arguments, got 0')
assert.fails(function() l:allow('a', 1, 2) end, 'limiter:allow: expected 1 to 2 arguments, got 3')
for _, name in ipairs{'peek', 'reset'} do
  assert.fails(function() l[name](l) end, 'limiter:' .. name .. ': expected 1 argument, got 0')
  assert.fails(function() l[name](l, 'a', 'b') end, 'limiter:' .. name .. ': expected 1 argument, got 2')
end

--- keys that are none
for _, name in ipairs{'allow', 'peek', 'reset'} do
  for _, v in ipairs(wrong) do
    assert.fails(function() l[name](l, v) end, "bad argument #1 to 'limiter:" .. name .. "' %(string expected, got ")
  end
  assert.fails(function() l[name](l, nil) end, "bad argument #1 to 'limiter:" .. name .. "' %(string expected, got nil%)")
end

--- amounts that are none
for _, v in ipairs{-1, -1e-9, 1/0, -1/0, 0/0} do
  assert.fails(function() l:allow('a', v) end, "bad argument #2 to 'limiter:allow' %(number of tokens expected, 0 or more, got ")
end
for _, v in ipairs(wrong) do
  assert.fails(function() l:allow('a', v) end, "bad argument #2 to 'limiter:allow' %(number expected, got ")
end
assert.eq(l:peek('a'), 1)

--- methods called with a dot
for _, name in ipairs{'allow', 'peek', 'reset'} do
  for _, v in ipairs{'a', 1, {}, true, io.stdout} do
    assert.fails(function() l[name](v, 'a') end, "calling 'limiter:" .. name .. "' on bad self %(limiter expected, got ")
  end
end
