--- a burst, then the rate
local l = limiter.new{rate = 2, per = 10, burst = 3}
for _ = 1, 3 do assert.eq({l:allow('a')}, {true}) end
assert.eq({l:allow('a')}, {false, 5})
advance(4.5)
assert.eq({l:allow('a')}, {false, 0.5})
advance(0.5)
assert.eq({l:allow('a')}, {true})
assert.eq({l:allow('a')}, {false, 5})

--- what is refused costs nothing
local l = limiter.new{rate = 1, burst = 3}
assert.eq(l:allow('a', 2), true)
for _ = 1, 10 do assert.eq({l:allow('a', 2)}, {false, 1}) end
assert.eq(l:allow('a', 1), true)

--- keys do not share
local l = limiter.new{rate = 1}
assert.eq(l:allow('a'), true)
assert.eq(l:allow('b'), true)
assert.eq(l:allow(''), true)
assert.eq(l:allow('a'), false)
assert.eq(l:allow(''), false)

--- limiters do not share
local l, k = limiter.new{rate = 1}, limiter.new{rate = 1}
assert.eq(l:allow('a'), true)
assert.eq(k:allow('a'), true)

--- a number is the key that it prints as
local l = limiter.new{rate = 1}
assert.eq(l:allow(1000), true)
assert.eq(l:allow('1000'), false)
assert.eq(l:allow('1000.0'), true)

--- binary and long keys
local l = limiter.new{rate = 1}
local long = ('x'):rep(1000)
assert.eq(l:allow(long), true)
assert.eq(l:allow(long .. 'y'), true)
assert.eq(l:allow(long), false)
assert.eq(l:peek(long), 0)
assert.eq(l:allow('a\0b'), true)
assert.eq(l:allow('a\0c'), true)
assert.eq(l:allow('a\0b'), false)

--- burst is rate, or 1
assert.eq(limiter.new{rate = 7}:peek('a'), 7)
assert.eq(limiter.new{rate = 7, per = 3600}:peek('a'), 7)
assert.eq(limiter.new{rate = 0.5}:peek('a'), 1)
assert.eq(limiter.new{rate = 7, burst = 2.5}:peek('a'), 2.5)

--- several tokens, fractions, none
local l = limiter.new{rate = 10, burst = 10}
assert.eq(l:allow('a', 7.5), true)
assert.eq({l:allow('a', 3)}, {false, 0.05})
assert.eq(l:allow('a', 2.5), true)
assert.eq(l:allow('a', 0), true)
assert.eq({l:allow('a', 0.5)}, {false, 0.05})

--- more tokens than fit are never allowed
local l = limiter.new{rate = 10, burst = 10}
assert.eq({l:allow('a', 11)}, {false, math.huge})
assert.eq(l:peek('a'), 10)

--- peek takes nothing
local l = limiter.new{rate = 3, burst = 5}
assert.eq(l:peek('a'), 5)
assert.eq(l.keys, 0)

--- peek shows what is there
local l = limiter.new{rate = 3, burst = 5}
l:allow('a')
for _ = 1, 3 do assert.eq(l:peek('a'), 4) end
advance(0.1)
assert.eq(l:peek('a'), 4.3)
advance(1)
assert.eq(l:peek('a'), 5)

--- reset
local l = limiter.new{rate = 1, burst = 2}
l:allow('a', 2)
assert.eq({l:reset('a')}, {})
assert.eq(l:peek('a'), 2)
l:reset('unknown')

--- keys are counted and bounded
local l = limiter.new{rate = 1, capacity = 100}
for i = 1, 1000 do assert.eq(l:allow(i), true) end
assert.eq(l.keys, 100)
assert.eq(l:allow(1000), false)
assert.eq(l:allow(900), true)
l:reset(1000)
assert.eq(l.keys, 99)

--- keys are forgotten when they matter no more
local l = limiter.new{rate = 1}
for i = 1, 100 do l:allow(i) end
advance(1)
for i = 1, 100 do l:allow('x') end
assert.eq(l.keys, 1)
