-- All expressions of an assignment are evaluated before any variable changes.
local a, b, c = 1, 2, 3
a, b = b, a           eq(a, 2) eq(b, 1)
a, b, c = c, a, b     eq(a, 3) eq(b, 2) eq(c, 1)
a, b = a + b, a - b   eq(a, 5) eq(b, 1)
a, b = b .. '', a     eq(a, '1') eq(b, 5)
a, b = 7              eq(a, 7) eq(b, nil)
a, b = 1, 2, 3        eq(a, 1) eq(b, 2)
a, b, c = (function() return 4, 5 end)()
eq(a, 4) eq(b, 5) eq(c, nil)
a, b, c = 0, (function() return 6, 7 end)()
eq(a, 0) eq(b, 6) eq(c, 7)
x, y = 1, 2 x, y = y, x
eq(x, 2) eq(y, 1)
local t = {1, 2}
t[1], t[2] = t[2], t[1]
eq(t[1], 2) eq(t[2], 1)
local i = 1
i, t[i] = i + 1, 20
eq(i, 2) eq(t[1], 20) eq(t[2], 1)
local u = {}
local same = u
u, u.x = nil, 5
eq(u, nil) eq(same.x, 5)

-- a call in parentheses is cut to one value, wherever it goes
local function parameter(s) s = (s:gsub('a', 'b')) return s end
eq(parameter('banana'), 'bbnbnb')
local function second(_, s) s = (tostring(s)) return s end
eq(second(1, 2), '2')
local function appended(s) s = s .. s .. 1 return s end
eq(appended('x'), 'xx1')
results((function() return (unpack{1, 2}) end)()){1}
eq(#{(unpack{1, 2})}, 1) eq(#{unpack{1, 2}}, 2)

-- logical operators keep the variable until the end
local function mixed(q) q = (not q or q > 1) and type(q) or q return q end
eq(mixed(5), 'number') eq(mixed(nil), 'nil') eq(mixed(1), 1)
local function default(v) v = v or 5 return v end
eq(default(), 5) eq(default(false), 5) eq(default(1), 1)
local function ternary(v) v = v == 1 and 'one' or v == 2 and 'two' or 'many' return v end
eq(ternary(1), 'one') eq(ternary(2), 'two') eq(ternary(3), 'many')

-- several results
local function f(...) return select('#', ...), ... end
results(f()){0}
results(f(nil, nil)){2, nil, nil, n = 3}
results(f(f(1, 2))){3, 2, 1, 2}
eq(({f(1, 2)})[1], 2) eq(#{f(1, 2), 9}, 2)
local function g(p, q, ...) local r, s = ... return p, q, r, s end
results(g(1)){1, nil, nil, nil, n = 4}
results(g(1, 2, 3, 4, 5)){1, 2, 3, 4}

-- long constructors: elements beyond 25,550, keys, a call at the end
local source = {}
for n = 1, 60000 do source[n] = n end
local list = assert(loadstring('return {' .. table.concat(source, ',') .. ', (function() return -1, -2, -3 end)()}'))()
eq(#list, 60003) eq(list[25551], 25551) eq(list[60000], 60000) eq(list[60003], -3)
for n = 1, 60000 do source[n] = ('["k%d"]={%d}'):format(n, n) end
local map = assert(loadstring('local x = 1 return {' .. table.concat(source, ';') .. ', x, "y"}'))()
eq(map.k1[1], 1) eq(map.k60000[1], 60000) eq(map[1], 1) eq(map[2], 'y')
local holes = assert(loadstring('return {' .. ('nil,'):rep(3000) .. '7}'))()
eq(holes[3001], 7) eq(holes[1], nil)
