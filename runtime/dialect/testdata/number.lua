-- Numbers as text: tostring, "..", literals, arithmetic.
for n, text in pairs{
  [0] = '0', [1] = '1', [-1] = '-1', [0.1] = '0.1', [1/3] = '0.33333333333333', [100] = '100',
  [1e14] = '1e+14', [1e15] = '1e+15', [1e100] = '1e+100', [1e-4] = '0.0001', [1e-5] = '1e-05',
  [2^31] = '2147483648', [2^52] = '4.5035996273705e+15', [2^53] = '9.007199254741e+15',
  [2^63] = '9.2233720368548e+18', [99999999999999] = '99999999999999',
  [999999999999999] = '1e+15', [123456789012345] = '1.2345678901235e+14', [12345.678] = '12345.678',
  [5e-324] = '4.9406564584125e-324', [1/0] = 'inf', [-1/0] = '-inf',
} do
  eq(tostring(n), text)
  eq(n .. '', text)
  eq('' .. n, text)
end
eq(tostring(0.1 + 0.2), '0.3')
eq(tostring(0/0), 'nan')
eq(tostring(-0), '-0')
eq(tostring(0 * -1), '-0')
eq(1 / -0, -1/0)
local zero, minus = 0, -0 -- both constants in one function
eq(1 / zero, 1/0) eq(1 / minus, -1/0)
eq(1e309, 1/0) eq(-1e309, -1/0) eq(math.huge, 1/0)
eq(10 .. 20, '1020') eq(1 .. '', '1') eq(-1 .. '', '-1')
eq('a' .. 1.5 .. 'b' .. 2^63 .. 'c', 'a1.5b9.2233720368548e+18c')

-- literals
eq(007, 7) eq(0777, 777) eq(0x10, 16) eq(0XfF, 255) eq(0x.8, 0.5) eq(0x1p4, 16) eq(0xA.8p1, 21)
eq(0xffffffffffffffff, 2^64) eq(0b101, 5) eq(.5, 1/2) eq(5., 5) eq(3e0, 3) eq(1E2, 100)
refused('malformed number near', 'return 3x') refused('malformed number', 'return 1..2')
refused('malformed number', 'return 0x') refused('64%-bit', 'return 1LL') refused('64%-bit', 'return 0xffULL')
refused('complex', 'return 12i')

-- arithmetic
eq(7 % 3, 1) eq(-7 % 3, 2) eq(7 % -3, -2) eq(7.5 % 2, 1.5) eq(1 % 0 ~= 1 % 0, true)
eq(2^10, 1024) eq(2^0.5 == math.sqrt(2), true) eq(2^53 == 2^53 + 1, true) eq(0 == -0, true)
local a, b = -7, 3
eq(a % b, 2) eq(a / 2, -3.5)

-- strings as numbers
eq('10' + 5, 15) eq('0x10' + 0, 16) eq(' 10 ' * 2, 20) eq('1e2' + 0, 100) eq(-'2', -2) eq('3' ^ 2, 9)
eq('7' % 4, 3) eq('010' + 0, 10) eq(1 + '0x.8', 1.5) eq('10' - '3', 7) eq(10 / '4', 2.5)
eq('10' == 10, false) eq('1' < '2', true) eq('10' < '9', true)
fails('attempt to perform arithmetic on a string value', function() return 'abc' + 1 end)
fails('attempt to perform arithmetic on a string value', function() return '' + 1 end)
fails('attempt to perform arithmetic on a string value', function() return 1 + '1_0' end)
fails('attempt to perform arithmetic on a nil value', function() return nil + 1 end)
fails('attempt to perform arithmetic on a nil value', function() return '1' + nil end)
fails('attempt to perform arithmetic on a table value', function() return {} + 1 end)
fails('attempt to perform arithmetic on a table value', function() return 1 - {} end)
fails('attempt to compare number with string', function() return 1 < '2' end)
fails('attempt to compare two table values', function() return {} < {} end)
fails('attempt to compare nil with number', function() return nil < 1 end)
fails('attempt to concatenate a nil value', function() return 'x' .. nil end)
fails('attempt to concatenate a table value', function() return {} .. 'x' end)
fails('number%.lua:%d+: attempt to concatenate a boolean value', function() return 1 .. true end)
local adder = setmetatable({}, {__add = function(x, y) return 'added' end, __concat = function(x, y) return 'joined' end})
eq(adder + 1, 'added') eq('1' + adder, 'added') eq(adder + '1', 'added')
eq(adder .. 'x', 'joined') eq('x' .. adder, 'joined') eq('x' .. 1 .. adder, 'xjoined')

-- long chains, with metamethods among the operands
local log = {}
local m = setmetatable({}, {__concat = function(l, r)
  log[#log + 1] = type(l) .. ':' .. #tostring(r)
  return type(l) == 'string' and l .. '!' or '?' .. r
end})
local a = 'a'
local long = loadstring('local a, m = ... return ' .. ('a..'):rep(60) .. 'm..' .. ('a..'):rep(70) .. 'a')
eq(long(a, m), ('a'):rep(60) .. '?' .. ('a'):rep(71))
eq(table.concat(log, ' '), 'table:71')
eq(#loadstring('return ' .. ('"a"..'):rep(1500) .. '"b"')(), 1501)

-- a remainder of 0 is no -0
eq(tostring(-6 % 3), '0') eq(tostring(6 % -3), '0')
do local a = -6 eq(tostring(a % 3), '0') end
