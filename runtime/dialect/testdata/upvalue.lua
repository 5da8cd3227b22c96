-- Closures keep sharing variables with their functions after a caught error.
do
  local n = 1
  local function inc() n = n + 1 return n end
  inc()
  pcall(error, 'e')
  inc()
  eq(n, 3) eq(inc(), 4)
  pcall(string.rep)
  inc()
  n = 10
  eq(inc(), 11)
  xpcall(error, function() inc() end)
  eq(n, 12)
  n = 20
  eq(inc(), 21)
end
do -- with a protected call that succeeded before
  local n = 1
  local function inc() n = n + 1 end
  pcall(function()
    pcall(function() end)
    error('e')
  end)
  inc()
  eq(n, 2)
end
do -- closures that outlive the failed call keep their variables
  local get, set
  for _, call in ipairs{pcall, function(f) return xpcall(f, function(e) return e end) end} do
    eq(call(function()
      local a, b = 'a', 'b'
      get, set = function() return a, b end, function(x) a = x end
      error('e')
    end), false)
    local clobber = {(function(...) return ... end)(1, 2, 3, 4, 5, 6, 7, 8)}
    results(get()){'a', 'b'}
    set('c')
    results(get()){'c', 'b'}
    eq(#clobber, 8)
  end
end
do -- also if the stack overflowed
  local get
  local function deep(n)
    local mine = n
    if n == 10 then get = function() return mine end end
    return deep(n + 1) + 1
  end
  fails('stack overflow', deep, 1)
  local t = {} for i = 1, 100 do t[i] = i end
  eq(select('#', unpack(t)), 100)
  eq(get(), 10)
end
do -- in loops
  local fs = {}
  for i = 1, 3 do
    pcall(function() fs[i] = function() i = i + 1 return i end error('e') end)
  end
  eq(fs[1](), 2) eq(fs[1](), 3) eq(fs[2](), 3) eq(fs[3](), 4)
end

-- a goto leaves variables shared that it does not leave the scope of
do
  local count = 0
  local function inc() count = count + 1 end
  for i = 1, 4 do if i == 2 then goto continue end inc() ::continue:: end
  eq(count, 3)
  local i = 1
  ::top:: inc() i = i + 1 if i < 4 then goto top end
  eq(count, 6)
  count = 0 inc() eq(count, 1)
end

-- and closes those that it does
do
  local get, n = {}, 0
  ::again::
  do local x = n get[n] = function() x = x + 10 return x end n = n + 1 if n < 3 then goto again end end
  eq(get[0](), 10) eq(get[0](), 20) eq(get[1](), 11) eq(get[2](), 12)
  for i = 1, 3 do local x = i get[i] = function() x = x + 10 return x end if i < 3 then goto continue end x = 0 ::continue:: end
  eq(get[1](), 11) eq(get[2](), 12) eq(get[3](), 10)
end
local f = loadstring([[
  get, n = {}, 0
  do local unused = 1 end
  ::again::
  do local x = n get[n] = function() x = x + 10 return x end n = n + 1 if n < 3 then goto again end end
  return get[0](), get[1](), get[2](), get[0]()
]])
results(f()){10, 11, 12, 20, n = 4}
