-- error, assert, pcall, xpcall.
results(pcall(error, 'msg')){false, 'msg'}
results(pcall(error, 'msg', 0)){false, 'msg'}
results(pcall(error)){false, nil, n = 2}
local e = {}
results(pcall(error, e)){false, e}
results(pcall(error, 42)){false, 42}
results(pcall(error, true)){false, true}

-- levels
local function where(level) error('here', level) end
results(pcall(function() where(1) end)){false, 'testdata/error.lua:11: here'}
results(pcall(function() where(2) end)){false, 'testdata/error.lua:13: here'}
results(pcall(function() where(0) end)){false, 'here'}
results(pcall(function()
  pcall(function() end)
  where()
end)){false, 'testdata/error.lua:11: here'}
results(pcall(where, 2)){false, 'here'} -- called by pcall itself

results(pcall(assert, false)){false, 'assertion failed!'}
results(pcall(assert, nil, 'reason')){false, 'reason'}
results(pcall(assert, false, e)){false, e}
results(assert(1, 2, 3)){1, 2, 3}
fails('bad argument #1 to .* %(value expected%)', assert)

results(pcall(function() return 1, nil, 3 end)){true, 1, nil, 3, n = 4}
results(pcall(pcall, error, 'x')){true, false, 'x'}
results(pcall(nil)){false, 'attempt to call a nil value'}
results(pcall({})){false, 'attempt to call a table value'}
results(pcall(setmetatable({}, {__call = function(_, x) return x end}), 5)){true, 5}
fails('value expected', pcall)

-- xpcall passes arguments, and the handler sees the stack of the error
results(xpcall(function(...) return ... end, print, 1, nil, 3)){true, 1, nil, 3, n = 4}
results(xpcall(function() error('x', 0) end, function(m) return 'handled ' .. m end)){false, 'handled x'}
results(xpcall(error, function(m) return type(m) end, {})){false, 'table'}
results(xpcall(nil, function(m) return m end)){false, 'attempt to call a nil value'}
fails('value expected', xpcall)
fails('function expected', xpcall, print, 5)
local function inner() local x = nil; return x.y end
local ok, trace = xpcall(function() inner() return 1 end, debug.traceback)
eq(ok, false)
eq(trace:match('^[^\n]*'), "testdata/error.lua:41: attempt to index local 'x' (a nil value)")
assert(trace:find('\nstack traceback:\n', 1, true), trace)
assert(trace:find("error.lua:41: in function 'inner'", 1, true), trace)
assert(trace:find("[C]: in function 'xpcall'", 1, true), trace)
assert(trace:find('in main chunk$'), trace)

-- errors in the handler
eq(xpcall(function() error('a') end, function() error('b') end), false)
results(xpcall(function() error('a') end, function() error('b') end)){false, 'error in error handling'}
results(xpcall(function() error('a') end, function(m) return m.x.y end)){false, 'error in error handling'}
results(xpcall(nil, function() local f f() end)){false, 'error in error handling'}
results(xpcall(function() error('a', 0) end, function(m) return select(2, pcall(error, m)) end)){false, 'a'}

-- error objects keep their metatables
local object = setmetatable({}, {__tostring = function() return 'text' end})
eq(tostring(select(2, pcall(error, object))), 'text')
eq(select(2, xpcall(error, function(o) return o end, object)), object)

-- many errors, and a stack overflow, leave nothing behind
for _ = 1, 1000 do pcall(error, 'x') end
for _ = 1, 3 do
  local function f() return f() + 1 end
  local ok, message = pcall(f)
  eq(ok, false)
  eq(message, 'testdata/error.lua:65: stack overflow')
end
local function protected(n) if n == 0 then return 0 end return 1 + select(2, pcall(protected, n - 1)) end
eq(protected(5000), 5000)

-- the words are LuaJIT's
fails("'__index' chain too long", function() local t = {} setmetatable(t, {__index = t}) return t.x end)
fails('cannot change a protected metatable', setmetatable, setmetatable({}, {__metatable = 1}), {})
fails("bad argument #2 to .* %(nil or table expected", setmetatable, {}, 1)
fails("bad argument #1 to .* %(table expected, got number%)", setmetatable, 1, {})
fails('table index is nil', function() local t = {} t[nil] = 1 end)
fails('table index is NaN', function() local t = {} t[0/0] = 1 end)

-- a tail call takes the place of its caller
local function raises(level) error('here', level) end
local function tail(level) return raises(level) end
local function caller(level)
  tail(level)
  return 1
end
local line = debug.getinfo(1, 'l').currentline - 3
results(pcall(caller, 2)){false, 'testdata/error.lua:' .. line .. ': here'}
local function forever(n) if n == 0 then error('deep', 2) end return forever(n - 1) end
results(pcall(function() forever(1e6) end)){false, 'testdata/error.lua:' .. line + 6 .. ': deep'}
