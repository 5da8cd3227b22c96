local t = {1, 2, x = {y = 'z'}}

--- equal values
assert(true)
assert.eq(t, {1, 2, x = {y = 'z'}})
assert.eq(0/0, 0/0)
assert.is_nil(t.none)
assert.contains('abc', 'b')

--- different values raise
assert.fails(function() assert.eq(t, {1, 2}) end, 'got .* want')
assert.fails(function() assert.eq({1}, {1, 2}) end, 'want')
assert.fails(function() assert.is_nil(0) end, 'want nil')
assert.fails(function() assert.contains('abc', 'x') end, 'contain')
assert.fails(function() assert(false, 'plain') end, 'plain')

--- assert.fails wants an error that matches
assert.fails("error('some text')", 'some')
assert.fails(function() assert.fails(function() end) end, 'should have raised')
assert.fails(function() assert.fails(function() error('x') end, 'y') end, 'want')

--- a marked line must raise
local x = nil
x.y = 1 --> error: attempt to index
