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
