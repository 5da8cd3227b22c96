-- Strings, comments and what else the scanner rewrites or refuses.
eq('\x41\x7a', 'Az') eq("\x00", '\0') eq(#'\xff', 1) eq('\x311', '11')
eq('\u{41}\u{e4}\u{20AC}\u{1F600}', 'A\195\164\226\130\172\240\159\152\128')
eq('\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10FFFF}', '\127\194\128\223\191\224\160\128\239\191\191\244\143\191\191')
eq('a\z
    b', 'ab') eq('a\z b\z', 'ab')
eq('one\
two', 'one\ntwo')
eq('\65\066\0670', 'ABC0') eq('\a\b\f\n\r\t\v\\\"\'', '\7\8\12\10\13\9\11\92\34\39')
eq([[
first newline is dropped]], 'first newline is dropped')
eq([==[a]]b]=]c]==], 'a]]b]=]c') eq(#[[\x41]], 4)
eq('--[[' .. [[--]], '--[[--')
local function line() return debug.getinfo(2, 'l').currentline end
local text, here = 'x\z

  y', line()
eq(text, 'xy') eq(here, 17) -- tokens stay on their lines

--[[ a long comment ]] eq(1, 1)
--[==[ another ]] ]==] eq(1, 1)
--[=no long comment
--[ nor this
--[[
over lines ]]
eq(loadstring('return 1 --')(), 1) eq(loadstring('return 1 --[[x]]')(), 1)
eq(loadstring('return 1\f+\v2')(), 3)
eq(loadstring('return 1\r+2\r\n+3\n\r+4')(), 10)

for _, case in ipairs{
  {'invalid escape sequence near .\\q', [['\q']]}, {'\\x needs two', [['\x4']]}, {'\\x needs two', [['\xg0']]},
  {'\\u needs', [['\u41']]}, {'\\u needs', [['\u{}']]}, {'\\u needs', [['\u{41']]}, {'UTF%-8 value too large', [['\u{110000}']]},
  {'escape sequence too large', [['\256']]}, {'unfinished string', "'abc"}, {'unfinished string', '"abc\n"'},
  {'unfinished string', "'\\z"}, {'unfinished long string', '[[abc'}, {'invalid long string delimiter', '[=abc'},
} do
  refused('^chunk:1: .*' .. case[1], 'return ' .. case[2])
end
refused('^chunk:4: unfinished long comment %(begun at line 2%) near .<eof>', 'x = 1\n--[[\n\n')

-- what later Lua versions have
for _, case in ipairs{
  {'math%.floor%(a / b%)', 'return 7 // 2'}, {'bit%.band', 'return 1 & 2'}, {'bit%.bor', 'return 1 | 2'},
  {'bit%.bxor', 'return 1 ~ 2'}, {'bit%.bnot', 'return ~1'}, {'bit%.lshift', 'return 1 << 2'},
  {'bit%.rshift', 'return 1 >> 2'}, {'a ~= b', 'return 1 != 2'}, {'a and b', 'return 1 && 2'}, {'a or b', 'return 1 || 2'},
  {'leave it out', 'local x <const> = 1'}, {'leave it out', 'local a, x < close > = 1'},
} do
  refused('^chunk:1: .*' .. case[1], case[2])
end
eq(1 ~= 2, true) eq((1 < 2) == true, true)
local const, x = 5, 3
eq(x <const, true) -- no attribute
refused("names may only hold the letters.* near 'gr\195\182\195\159e'", 'local gr\195\182\195\159e = 1')
refused("unexpected symbol near '@'", 'x = @')
refused('unexpected symbol near .char%(0%)', 'x = \0')
refused('unexpected symbol near .char%(127%)', 'x = \127')

-- errors say where and near what
refused("^chunk:1: unexpected symbol near '='$", 'x = = 1')
refused("^chunk:3: unexpected symbol near 'do'$", 'x = 1\n\nfor i = 1 do end')
refused("^chunk:2: 'end' expected %(to close 'function' at line 1%) near '<eof>'$", 'function f()\nx = 1')
refused("^chunk:1: 'end' expected near '<eof>'$", 'if x then')
refused("^chunk:3: 'until' expected %(to close 'repeat' at line 1%) near '<eof>'$", 'repeat\nx = 1\ny = 2\n\n')
refused("^chunk:1: '%)' expected near '<eof>'$", 'x = (1')
refused("'}' expected", 'x = {1,') refused("'%]' expected", 'x = t[1')
refused("unexpected symbol near '<eof>'", 'x =')
refused("cannot use '...' outside a vararg function", 'function f() return ... end')

-- nesting
for _, open in ipairs{'(', '{', '-(', 'f(', 't[', 'function() return ', 'not ('} do
  refused('too many syntax levels', 'return ' .. open:rep(1e5))
end
for _, open in ipairs{'do ', 'while x do ', 'if x then ', 'repeat ', 'for i = 1, 2 do ', 'function f() '} do
  refused('too many syntax levels', open:rep(1e5))
end
for _, chain in ipairs{'a..', 'a^', 'a+', 'a and ', 'a==', '- ', 'not ', '#'} do
  refused('too many', 'local a return ' .. chain:rep(1e5) .. 'a')
end
for _, chain in ipairs{'.a', '()', '[1]', ':a()', '""', '{}'} do
  refused('too many syntax levels', 'return a' .. chain:rep(1e5))
end
refused('more than 10000 elseif', 'if x then ' .. ('elseif x then '):rep(20000) .. 'end')
-- long, but fine
assert(loadstring('local a = 1 return ' .. ('a+'):rep(5000) .. 'a'))
eq(loadstring('local a = 1 return ' .. ('a+'):rep(5000) .. 'a')(), 5001)
eq(#loadstring('local a = 1 return ' .. ('a..'):rep(1500) .. 'a')(), 1501)
assert(loadstring(('f("x")\n'):rep(30000)))
assert(loadstring(('t.x.y = f(1 + 2, 3)\n'):rep(15000)))
assert(loadstring(('('):rep(150) .. 'a' .. (')'):rep(150) .. '()'))
assert(loadstring('if x then ' .. ('elseif x then '):rep(3000) .. 'end'))
