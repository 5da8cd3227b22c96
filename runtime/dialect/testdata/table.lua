-- The table library.
eq(table.concat{1, 2, 'x', 2.5}, '12x2.5') eq(table.concat({1, 2, 3}, ', '), '1, 2, 3') eq(table.concat({1, 2, 3}, '-', 2), '2-3')
eq(table.concat({1, 2, 3}, '-', 2, 2), '2') eq(table.concat({1, 2, 3}, '-', 3, 2), '') eq(table.concat({}), '') eq(table.concat({[0] = 'a', 'b'}, '', 0, 1), 'ab')
fails("invalid value %(table%) at index 2 in table for 'concat'", table.concat, {1, {}}) fails('invalid value %(nil%) at index 1', table.concat, {}, '', 1, 3)

local t = {}
table.insert(t, 'a') table.insert(t, 'c') table.insert(t, 2, 'b') table.insert(t, 1, '0') table.insert(t, 5, 'd')
eq(table.concat(t), '0abcd')
eq(table.remove(t), 'd') eq(table.remove(t, 1), '0') eq(table.remove(t, 2), 'b') eq(table.concat(t), 'ac')
eq(select('#', table.remove({})), 0) eq(table.remove({1}, 5), nil) eq(table.remove({1, 2}, 2), 2)
fails("wrong number of arguments to 'insert'", table.insert, {}) fails('wrong number', table.insert, {}, 1, 2, 3) fails('number expected', table.insert, {}, 'x', 2)
for i = 1, 1000 do table.insert(t, 1, i) end eq(#t, 1002) eq(t[1], 1000) for _ = 1, 1000 do table.remove(t, 1) end eq(table.concat(t), 'ac')

eq(table.maxn{1, 2, nil, 4}, 4) eq(table.maxn{[10] = 1, [2.5] = 2, x = 3}, 10) eq(table.maxn{}, 0) eq(table.getn{1, 2}, 2)
results(table.unpack(table.pack(1, nil, 3), 1, 3)){1, nil, 3, n = 3} eq(table.pack().n, 0) eq(table.pack(nil, nil).n, 2)
local m = {1, 2, 3, 4, 5}
eq(table.move(m, 2, 4, 1), m) eq(table.concat(m), '23445') table.move(m, 1, 3, 3) eq(table.concat(m), '23234')
eq(table.concat(table.move({1, 2}, 1, 2, 3, {'a', 'b'})), 'ab12') eq(table.concat(table.move({1, 2}, 2, 1, 5)), '12')
fails('too many elements', table.move, {}, 1, 2^40, 2) fails('table expected', table.move, {}, 1, 2, 3, 5)

local sum = 0 table.foreach({1, 2, x = 3}, function(_, v) sum = sum + v end) eq(sum, 6)
eq(table.foreach({1, 2}, function(k, v) if k == 2 then return v end end), 2) eq(table.foreachi({5, 6}, function(i, v) if v == 6 then return i end end), 2)

-- sort
local function sorted(list, before) table.sort(list, before) return table.concat(list, ' ') end
eq(sorted{3, 1, 2}, '1 2 3') eq(sorted({3, 1, 2}, function(a, b) return a > b end), '3 2 1') eq(sorted{'b', 'a', 'B'}, 'B a b') eq(sorted{}, '') eq(sorted{1}, '1')
eq(sorted{2, 1}, '1 2') eq(sorted{5, 5, 5, 1}, '1 5 5 5')
for n = 1, 200 do
  local list, copy = {}, {}
  for i = 1, n do list[i] = i * 7919 % 1009 copy[i] = list[i] end
  table.sort(list)
  for i = 2, n do assert(list[i - 1] <= list[i]) end
  table.sort(copy, function(a, b) return a > b end)
  for i = 1, n do eq(copy[i], list[n + 1 - i]) end
end
local big = {} for i = 1, 20000 do big[i] = i end table.sort(big, function(a, b) return a > b end) eq(big[1], 20000) eq(big[20000], 1)
local mt = {__lt = function(a, b) return a.n < b.n end}
local objects = {} for i = 1, 10 do objects[i] = setmetatable({n = 11 - i}, mt) end table.sort(objects) eq(objects[1].n, 1) eq(objects[10].n, 10)
fails('attempt to compare', table.sort, {1, 'x', 2}) fails('attempt to compare two table values', table.sort, {{}, {}}) fails('function expected', table.sort, {1, 2}, 'x')
fails('invalid order function for sorting', table.sort, {1, 2, 3, 4, 5, 6, 7, 8, 9}, function() return true end)
local broken = {3, 1, 2} pcall(table.sort, broken, function() error('x') end) eq(broken[1] + broken[2] + broken[3], 6)

local new, clear = require 'table.new', require 'table.clear'
eq(next(new(10, 10)), nil) local c = setmetatable({1, x = 2}, mt) clear(c) eq(next(c), nil) eq(#c, 0) eq(getmetatable(c), mt) c[1] = 5 eq(#c, 1)
