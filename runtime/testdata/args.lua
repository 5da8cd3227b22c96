--- counts
assert.fails(function() args.two_or_three(1) end, 'args.two_or_three: expected 2 to 3 arguments, got 1')
assert.fails(function() args.two_or_three(1, 2, 3, 4) end, 'got 4')
assert.fails(function() args.one() end, 'expected 1 argument, got 0')
assert.fails(function() args.none(nil) end, 'expected no arguments, got 1')
assert.fails(function() args.some() end, 'expected at least 1 argument, got 0')
args.two_or_three(1, nil)
args.some(1, 2, 3)

--- strings
assert.eq(args.string('x'), 'x')
assert.eq(args.string(42), '42')
assert.eq(args.string(1.5), '1.5')
for _, v in ipairs{true, {}, print} do
  assert.fails(function() args.string(v) end, "bad argument #1 to 'args.string' %(string expected, got ")
end
assert.fails(function() args.string() end, 'got no value')
assert.fails(function() args.string(nil) end, 'got nil')
assert.eq(args.opt_string(), 'def')
assert.eq(args.opt_string(nil), 'def')
assert.eq(args.opt_string(''), '')

--- numbers
assert.eq(args.number(1.5), 1.5)
assert.eq(args.number('10'), 10)
assert.eq(args.number(' 0.0 '), 0)
assert.eq(args.number('0x10'), 16)
for _, text in ipairs{'0x0', '0e5', '0b0', '-0', '0x.8', '1e400', '.5', '.', '-.', '0.0.0', '1_0', '0o7', '--0', '0x', '1e'} do
  local ok, n = pcall(args.number, text)
  assert.eq(ok and n or nil, tonumber(text))
end
for _, v in ipairs{'x', '', true, {}} do
  assert.fails(function() args.number(v) end, 'number expected')
end
assert.eq(args.opt_number(), 7)
assert.eq(args.digit(9), 9)
for _, v in ipairs{-1, 10, 0.5, 1/0, 0/0} do
  assert.fails(function() args.digit(v) end, 'whole number from 0 to 9 expected')
end

--- tables and functions
local t = {}
assert.eq(args.table(t), t)
assert.eq(args.func(print), print)
assert.fails(function() args.table('x') end, 'table expected, got string')
assert.fails(function() args.func({}) end, 'function expected, got table')
assert.fails(function() args.table(args.counter()) end, 'got counter')

--- options
assert.eq(args.options(), {name = 'none', size = 1, fast = true, has_env = false})
assert.eq(args.options{name = 'x', size = 2, fast = false, env = {}}, {name = 'x', size = 2, fast = false, has_env = true})
assert.fails(function() args.options{nmae = 'x'} end, 'unknown option "nmae" %(known: name, size, fast, env%)')
assert.fails(function() args.options{'x'} end, 'unknown option of type number')
assert.fails(function() args.options{name = 1} end, 'option "name": string expected, got number')
assert.fails(function() args.options{size = 'x'} end, 'number expected')
assert.fails(function() args.options{fast = 1} end, 'boolean expected')
assert.fails(function() args.options{env = 1} end, 'table expected')
assert.fails(function() args.options('x') end, 'table expected, got string')

--- failures of the world
local v, e = args.fail()
assert.is_nil(v)
assert.eq(e, 'the world failed')
assert.fails(function() args.raise() end, 'args.raise: broken 1')

--- objects
local c = args.counter()
assert.eq(c:add(2):add('1').value, 3)
assert.eq(c.double, 6)
assert.eq(tostring(c), '|||')
c.value = 1
assert.eq(c.value, 1)
assert.eq(type(c), 'userdata')
assert.fails(function() return c.nothing end, 'counter has no attribute "nothing" %(it has value, double, add%)')
assert.fails(function() return c[1] end, 'of type number')
assert.fails(function() c.double = 1 end, 'cannot be set %(these can: value%)')
assert.fails(function() c.add(1, 2) end, "calling 'counter:add' on bad self %(counter expected, got number%)")
assert.fails(function() c.add() end, 'bad self')
assert.fails(function() c:add() end, 'counter:add: expected 1 argument, got 0')
assert.fails(function() c:add({}) end, "bad argument #1 to 'counter:add' %(number expected, got table%)")

--- objects that must not be used any more
local c = args.counter()
c.value = -1
assert.fails(function() return c.value end, 'Stale object')
assert.fails(function() c.value = 1 end, 'Stale object')
assert.fails(function() c:add(1) end, 'Stale object')
assert.eq(getmetatable(c), 'counter')

--- a call by pcall itself has no position
assert.eq({pcall(args.none, 1)}, {false, 'args.none: expected no arguments, got 1'})
assert.eq({pcall(args.table, 1)}, {false, "bad argument #1 to 'args.table' (table expected, got number)"})
