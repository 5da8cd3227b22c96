-- Which local variables there are, as debug.getlocal tells and errors use them.
local function names()
  local t = {}
  for i = 1, 250 do
    local n = debug.getlocal(2, i)
    if not n then break end
    if not n:find('^[(%z]') then t[#t + 1] = n end
  end
  return table.concat(t, ' ')
end
local function f(p, q)
  eq(names(), 'p q')
  local a = 1
  eq(names(), 'p q a')
  do local b, c = 2, 3 eq(names(), 'p q a b c') end
  eq(names(), 'p q a')
  for i = 1, 1 do eq(names(), 'p q a i') local d = i eq(names(), 'p q a i d') end
  eq(names(), 'p q a')
  for k, v in pairs{1} do eq(names(), 'p q a k v') local e eq(names(), 'p q a k v e') end
  local n = 0
  while n < 1 do local g = 1 n = n + 1 eq(names(), 'p q a n g') end
  repeat local h = 1 eq(names(), 'p q a n h') until names() == 'p q a n h'
  if p then local x elseif q then local y eq(names(), 'p q a n y') else local z end
  if p then local x elseif p then local y else local z eq(names(), 'p q a n z') end
  eq(names(), 'p q a n')
  local function inner(u) do local w end local v = u eq(names(), 'u v') end
  inner()
  goto done
  do local skipped = 1 end
  ::done::
  eq(names(), 'p q a n inner')
  a, n = n, a
  eq(names(), 'p q a n inner')
end
f(nil, 1)
local t = {}
function t:m(x, ...) do local y end local z = ... eq(names(), 'self x arg z') end
t:m(1, 2)
local function many(...)
  do local a, b, c end
  local t = {f = function() do local d end local e eq(names(), 'e') end, g = function(x) eq(names(), 'x') end}
  t.f() t.g()
  return (function(y) local z = y .. 'x' eq(names(), 'y z') end)('x')
end
many()
