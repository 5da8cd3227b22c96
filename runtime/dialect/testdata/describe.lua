-- Errors name the variable that had the wrong type.
local function message(source) -- of running the source
  local _, e = pcall(assert(loadstring(source, '=chunk')))
  return e
end
eq(message 'f()', "chunk:1: attempt to call global 'f' (a nil value)")
eq(message 'local t = {} t.x()', "chunk:1: attempt to call field 'x' (a nil value)")
eq(message 'local t = {} t:x()', "chunk:1: attempt to call method 'x' (a nil value)")
eq(message 'local t\n\nt()', "chunk:3: attempt to call local 't' (a nil value)")
eq(message 'local t (function() t() end)()', "chunk:1: attempt to call upvalue 't' (a nil value)")
eq(message 'return nowhere.x', "chunk:1: attempt to index global 'nowhere' (a nil value)")
eq(message 'local a = {} return a.b.c', "chunk:1: attempt to index field 'b' (a nil value)")
eq(message 'local a a.b = 1', "chunk:1: attempt to index local 'a' (a nil value)")
eq(message 'local a = 5 a:b()', "chunk:1: attempt to index local 'a' (a number value)")
eq(message 'local a, b = 1 return a + b', "chunk:1: attempt to perform arithmetic on local 'b' (a nil value)")
eq(message 'local a, b = {}, 1 return a * b', "chunk:1: attempt to perform arithmetic on local 'a' (a table value)")
eq(message 'return 1 + x.y', "chunk:1: attempt to index global 'x' (a nil value)")
eq(message 'x = {} return x.y + 1', "chunk:1: attempt to perform arithmetic on field 'y' (a nil value)")
eq(message 'local a return -a', "chunk:1: attempt to perform arithmetic on local 'a' (a nil value)")
eq(message 'local a return #a', "chunk:1: attempt to get length of local 'a' (a nil value)")
eq(message 'return (true)()', "chunk:1: attempt to call a boolean value")
eq(message '(a or b)()', "chunk:1: attempt to call a nil value")
eq(message "local t = {} t['x y']()", "chunk:1: attempt to call field 'x y' (a nil value)")
eq(message 'local t = {} t[1]()', "chunk:1: attempt to call a nil value")
eq(message "error('x: attempt to call a non-function object', 0)", 'x: attempt to call a value that is no function')
eq(message 'return (a or b).c', "chunk:1: attempt to index a nil value (with key 'c')")
eq(message 'for i = 1, 2 do local x end for i = 1, 2 do local y y.z = 1 end',
   "chunk:1: attempt to index a nil value (with key 'z')") -- the name could be wrong

-- calls of functions written in Go
eq(message 'string.rep()', "chunk:1: bad argument #1 to 'rep' (string expected, got no value)")
eq(message "local s = 'x' s:rep({})", "chunk:1: bad argument #2 to 'rep' (number expected, got table)")
eq(select(2, pcall(string.rep)), "bad argument #1 to '?' (string expected, got no value)")
eq(message 'setmetatable(1, {})', "chunk:1: bad argument #1 to 'setmetatable' (table expected, got number)")
