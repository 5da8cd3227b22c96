-- The basic functions.
-- tostring, print
eq(tostring(nil), 'nil') eq(tostring(true), 'true') eq(tostring('x'), 'x')
eq(tostring(setmetatable({}, {__tostring = function() return 'custom' end})), 'custom')
assert(tostring({}):find('^table: 0x%x+$')) assert(tostring(print):find('^function: '))
assert(tostring(setmetatable({}, {__name = 'point'})):find('^point: 0x%x+$'))
fails('value expected', tostring)
print('config', nil, true, 1, 1.5, -0.1, 1e100, 'x') eq(output(), 'config\tnil\ttrue\t1\t1.5\t-0.1\t1e+100\tx\n')
print() eq(output(), '\n')
print('a\0b') eq(output(), 'a\0b\n')
print(setmetatable({}, {__tostring = function() return 'custom' end})) eq(output(), 'custom\n')
local old = tostring
tostring = function(x) return '<' .. old(x) .. '>' end
print(1, 'a', nil)
tostring = function() return 5 end
print(1)
tostring = function() return {} end
local ok, e = pcall(print, 1)
tostring = old
eq(ok, false) eq(e, "'tostring' must return a string to 'print'")
eq(output(), '<1>\t<a>\t<nil>\n5\n')
fails("'tostring' must return a string to 'print'", print, setmetatable({}, {__tostring = function() return {} end}))

-- tonumber
for text, want in pairs{
  ['10'] = 10, [' 10 '] = 10, ['1e2'] = 100, ['.5'] = 0.5, ['5.'] = 5, ['0x10'] = 16, ['0X1F'] = 31, ['-0x10'] = -16,
  ['-5'] = -5, ['+5'] = 5, ['1e400'] = 1/0, ['1e-400'] = 0, ['10\n'] = 10, ['\t10'] = 10, ['\v\f10\r'] = 10, ['08'] = 8,
  ['0x1p4'] = 16, ['0x.8'] = 0.5, ['0b101'] = 5, inf = 1/0, Infinity = 1/0, ['-inf'] = -1/0, nan = 0/0, ['0x1P-1'] = 0.5,
} do eq(tonumber(text), want) end
for _, text in ipairs{'10x', '', ' ', '1e', '.', '0x', '- 5', '++5', '+-5', '1 2', '1_0', '0x1_0', '0o17', '10\0', '1,5', 'true',
  '1d', '1LL', '0b', '0b2', '0xp1', 'infx', 'e5', '1e+', '0x1p', '0x1.8.1'} do eq(tonumber(text), nil) end
eq(tonumber(5.5), 5.5) eq(tonumber(nil), nil) eq(tonumber(true), nil) eq(tonumber({}), nil)
for _, case in ipairs{
  {'ff', 16, 255}, {'FF', 16, 255}, {'zz', 36, 1295}, {'Zz', 36, 1295}, {'101', 2, 5}, {'102', 2}, {'777', 8, 511},
  {'8', 8}, {' 7 ', 8, 7}, {'-ff', 16, -255}, {'0xff', 16, 255}, {'', 10}, {'', 16}, {'10', 10, 10}, {'1.5', 10, 1.5},
  {'1.5', 8}, {'1e1', 16, 481}, {'7fffffff', 16, 2147483647}, {'ffffffff', 16, 4294967295}, {10, 10, 10}, {10, 16, 16},
} do eq(tonumber(case[1], case[2]), case[3]) end
fails('base out of range', tonumber, '1', 1) fails('base out of range', tonumber, '1', 37) fails('value expected', tonumber)

-- select, unpack
results(select(2, 'a', 'b', 'c')){'b', 'c'} results(select(-1, 'a', 'b', 'c')){'c'} results(select(-2, 'a', 'b', 'c')){'b', 'c'}
results(select(9, 1)){} eq(select('#'), 0) eq(select('#', nil, nil), 2) eq(select('2', 'a', 'b'), 'b')
fails('index out of range', select, 0) fails('index out of range', select, -4, 1, 2, 3) fails('number expected', select, 'x')
results(unpack{1, 2, 3}){1, 2, 3} results(unpack({1, 2, 3}, 2)){2, 3} results(unpack({1, 2, 3}, 2, 3)){2, 3}
results(unpack({}, 1, 3)){nil, nil, nil, n = 3} eq(select('#', unpack({}, 1, 250)), 250) eq(select('#', unpack({}, 1, 1e5)), 1e5)
results(unpack({[0] = 'a', [-1] = 'b'}, -1, 0)){'b', 'a'} results(unpack({1, 2}, 3, 1)){}
eq(table.unpack, unpack)
fails('too many results to unpack', unpack, {}, 1, 1e7) fails('too many results to unpack', unpack, {}, -2^52, 2^52)

-- tables
local t = {10, 20, nil, 40, x = 1}
local n, sum = 0, 0 for _, v in pairs(t) do n, sum = n + 1, sum + v end eq(n, 4) eq(sum, 71)
n = 0 for _ in ipairs(t) do n = n + 1 end eq(n, 2)
eq(pairs({}), next) eq(next({}), nil) results(next({5})){1, 5} fails('table expected', pairs, nil) fails('table expected', ipairs)
for k in pairs(t) do t[k] = nil end eq(next(t), nil)
for _, k in ipairs{'x', 5e6, -1, 0, 0.5, 1/0, print, true} do fails("^invalid key to 'next'$", next, {}, k) fails("^invalid key to 'next'$", next, {1, 2, a = 1}, k) end
local shrinking, seen = {1, 2, 3, x = 4, y = 5}, 0 for k in pairs(shrinking) do seen = seen + 1 if k == 3 then table.remove(shrinking) table.remove(shrinking) end end eq(seen, 5)
eq(rawget(setmetatable({}, {__index = function() return 1 end}), 'x'), nil)
local r = {} eq(rawset(r, 'a', 1), r) eq(r.a, 1)
eq(rawlen({1, 2}), 2) eq(rawlen('abc'), 3) fails('table or string expected', rawlen, 5)
eq(rawequal('a', 'a'), true) eq(rawequal({}, {}), false) eq(rawequal(1, '1'), false)
eq(#setmetatable({1}, {__len = function() return 42 end}), 42)

-- metatables
local mt = {} eq(getmetatable(setmetatable({}, mt)), mt) eq(getmetatable({}), nil) eq(getmetatable(5), nil)
eq(getmetatable(setmetatable({}, {__metatable = 'secret'})), 'secret') eq(getmetatable('').__index, string)
local shared = {__eq = function() return true end}
eq(setmetatable({}, shared) == setmetatable({}, shared), true) eq(setmetatable({}, shared) == 1, false)

-- environments
local function f() return value end
value = 'global'
eq(setfenv(f, {value = 'own'}), f) eq(f(), 'own') eq(getfenv(f).value, 'own')
setfenv(f, _G) eq(f(), 'global') eq(getfenv(1), _G) eq(getfenv(print), _G) eq(getfenv(), _G)
fails("^'setfenv' cannot change environment of given object$", setfenv, print, {})
fails("bad argument #1 to .* %(invalid level%)", getfenv, 100) fails('invalid level', getfenv, -1) fails('invalid level', setfenv, 100, {}) fails('number expected, got table', getfenv, {}) fails('table expected, got no value', setfenv, 1)
local function reads() return getfenv(2) end local function tail() local e = reads() return e end setfenv(tail, {}) eq(tail(), getfenv(tail)) setfenv(tail, _G)
eq(select(2, pcall(getfenv, 1)), _G) eq(getfenv(0), _G)
value = nil

eq(_VERSION, 'Lua 5.1') eq(_G._G, _G) eq(type(type), 'function') fails('value expected', type)
eq(collectgarbage(), 0) eq(type(collectgarbage('count')), 'number') eq(collectgarbage('step'), true) eq(collectgarbage('stop'), 0)
eq(collectgarbage('restart'), 0) eq(collectgarbage('setpause', 100), 200) fails("invalid option 'x'", collectgarbage, 'x')
assert(gcinfo() > 0) eq(type(newproxy()), 'userdata') eq(type(getmetatable(newproxy(true))), 'table')
eq(jit.status(), false) eq(type(jit.version), 'string') jit.on() jit.off() jit.flush()

-- weak tables keep what they hold; strings and numbers stay in any case
local weak = setmetatable({}, {__mode = 'k'})
weak.name = 2 weak[1] = 'text'
collectgarbage()
eq(weak.name, 2) eq(weak[1], 'text')
