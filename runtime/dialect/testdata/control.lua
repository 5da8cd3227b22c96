-- goto, break, loops and their bounds.
local out = {}
local function put(...) for i = 1, select('#', ...) do out[#out + 1] = (select(i, ...)) end end
local function taken() local s = table.concat(out, ' ') out = {} return s end

for i = 1, 3 do for j = 1, 3 do if j == 2 then goto continue end put(i .. j) ::continue:: end end
eq(taken(), '11 13 21 23 31 33')
do local n = 0 ::top:: n = n + 1 if n < 5 then goto top end eq(n, 5) end
for w in ('one two three'):gmatch('%a+') do if w == 'two' then goto skip end put(w) ::skip:: end
eq(taken(), 'one three')
for i = 10, 1, -3 do put(i) end eq(taken(), '10 7 4 1')
for i = 1, 0 do put(i) end for i = 3, 1 do put(i) end eq(taken(), '')
for i = 0.1, 0.35, 0.1 do put(('%.2f'):format(i)) end eq(taken(), '0.10 0.20 0.30')
for i = math.huge, math.huge do put(i) break end eq(taken(), 'inf')
for i = 1, 10, 0 do break end
local i = 1 repeat local done = i >= 3 i = i + 1 until done eq(i, 4)
while true do if i > 5 then break end i = i + 1 end eq(i, 6)
local t = {} for k = 1, 3 do t[k] = function() k = k + 1 return k end end
eq(t[1](), 2) eq(t[1](), 3) eq(t[2](), 3)
local function deep(n) if n == 0 then return 'bottom' end return deep(n - 1) end
eq(deep(200000), 'bottom')

-- bounds may be strings
for k = '1', '3' do put(k + 0) end eq(taken(), '1 2 3')
local from, to, step = '3', '1', '-1'
for k = from, to, step do put(k) end eq(taken(), '3 2 1')
fails("'for' limit must be a number", function() for _ = 1, {} do end end)
fails("'for' limit must be a number", function() local l for _ = 1, l do end end)
fails("'for' initial value must be a number", function() for _ = nil, 1 do end end)
fails("'for' step must be a number", function() for _ = 1, 2, 'x' do end end)

-- what is left out of iterator, state and first key is nil, whatever the
-- registers held before
local function times(n, i) i = (i or 0) + 1 if i <= (n or 2) then return i, 'v' .. i end end
for k = 7, 8 do local a, b, c = k, k, k put(c) end eq(taken(), '7 8')
for k, v in next, {10, 20} do put(k .. '=' .. v) end eq(taken(), '1=10 2=20')
for k, v in times, 3 do put(k, v) end eq(taken(), '1 v1 2 v2 3 v3')
for k, v, w in times do put(k, v, w) end eq(taken(), '1 v1 2 v2')
for k in times do put(k) end eq(taken(), '1 2')
for k in next, {10, 20}, nil do put(k) end eq(taken(), '1 2')
local function all() return times, 3 end
for k in all() do put(k) end eq(taken(), '1 2 3')
for k, v in (all()) do put(v) end eq(taken(), 'v1 v2')
for k in times, (function(...) return ... end)(4) do put(k) end eq(taken(), '1 2 3 4')

-- constant conditions decide, and loops that begin with one go round
for _, v in ipairs{1, 2} do if false then put('never') end put(v) end eq(taken(), '1 2')
for k = 1, 2 do if nil then put('never') else put(k) end end eq(taken(), '1 2')
do local n = 0 while true do if not true then put('never') end n = n + 1 if n > 2 then break end end eq(n, 3) end
do local n = 0 repeat local x = true and n or 5 n = n + 1 put(x) until n > 2 eq(taken(), '0 1 2') end
do local n = 0 ::again:: while false do put('never') end n = n + 1 if n < 3 then goto again end eq(n, 3) end
if 0 then put('zero') end if '' then put('empty') end if nil then elseif true then put('else') end
eq(taken(), 'zero empty else')
results((function(...) return true and ..., nil or (...), false and ..., 5 or ... end)(7, 8)){7, 7, false, 5, n = 4}
eq(not nil, true) eq(not 0, false) eq(not not '', true)
do
  local n = 0
  while not (nil and nil) or put do n = n + 1 if n > 3 then break end end
  eq(n, 4)
end
do
  local n = 0
  while not (1 + (nil and 0 or 0) == 0) do n = n + 1 if n > 3 then break end end
  eq(n, 4)
end

refused("^chunk:2: undefined label 'nowhere'$", '\ngoto nowhere')
refused("^chunk:3: duplicate label 'a'$", '\n::a::\n::a::')
refused('no loop to break', 'break')
refused("^chunk:2: <goto f> jumps into the scope of local 'x'$", '\ngoto f local x\n::f:: print(x)')

-- statements and separators
eq(loadstring(';;; local a = 1; ; return a;')(), 1)
eq(loadstring('do end return 1')(), 1)
eq(select('#', loadstring('')()), 0)
refused("chunk:1: unexpected symbol near ','", 'return {1,,2}')
refused("chunk:1: unexpected symbol near ','", 'return {,1}')
eq(#loadstring('return {1, ..., {}, (1), function() end, t, "", -1,}')(2), 8)

-- varargs
results((function(...) return ... end)(1, nil, 3)){1, nil, 3, n = 3}
eq((function(...) local a, b = ... return b end)(1, 2), 2)
eq(arg, nil)

-- methods
local o = {n = 0}
function o:inc(k) self.n = self.n + (k or 1) return self end
eq(o:inc():inc(5).n, 6)
function o.static() return 'static' end
eq(o.static(), 'static')
