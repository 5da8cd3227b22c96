-- find, match, gmatch and gsub.
eq(('hello world'):match('^(%w+)'), 'hello') results(('key = value'):match('^(%w+)%s*=%s*(%w+)$')){'key', 'value'}
eq(('  trim  '):match('^%s*(.-)%s*$'), 'trim') results(('2024-02-29'):match('(%d+)-(%d+)-(%d+)')){'2024', '02', '29'}
results(('abc'):match('()b()')){2, 3} eq(('abc'):match('.-'), '') eq(('[test]'):match('%[(.-)%]'), 'test') eq(('f(a(b)c)d'):match('%b()'), '(a(b)c)')
results(('THE (quick) fox'):find('%((%a+)%)')){5, 11, 'quick'} results(('abc123'):find('%d+')){4, 6} results(('a.b'):find('%.')){2, 2}
results(('abc'):find('b', 1)){2, 2} results(('aXb'):find('%u')){2, 2} results(('abc'):find('b', -1)){nil, n = 1} results(('abc'):find('b', -2)){2, 2}
results(('a+b'):find('+', 1, true)){2, 2} results(('a+b'):find('a+b', 1, true)){1, 3} results(('abc'):find('', 10)){4, 3} results(('abc'):find('', 2)){2, 1}
results((''):find('')){1, 0} results(('abc'):find('x')){nil, n = 1} results(('abc'):match('x')){nil, n = 1} results((''):match('.*')){''}
eq(('a\0b'):find('\0', 1, true), 2) eq(('abc'):find('c', -100), 3) eq(('x'):match('x', 5), nil)

local out = {} for k, v in ('a=1, b=2, c=3'):gmatch('(%w+)=(%w+)') do out[#out + 1] = k .. v end eq(table.concat(out, ' '), 'a1 b2 c3')
out = {} for w in ('one two'):gmatch('%a+') do out[#out + 1] = w end eq(table.concat(out, '.'), 'one.two')
out = {} for p in ('abc'):gmatch('()') do out[#out + 1] = p end eq(table.concat(out, ';'), '1;2;3;4')
out = {} for w in ('^a^b'):gmatch('^%a') do out[#out + 1] = w end eq(table.concat(out, ' '), '^a ^b') -- no anchor in gmatch
local iterator = ('x'):gmatch('x') eq(iterator(), 'x') eq(iterator(), nil) eq(iterator(), nil)

for _, case in ipairs{
  {'hello', 'l', 'L', 'heLLo', 2}, {'hello', '', '-', '-h-e-l-l-o-', 6}, {'abc', '%w', '%0%0', 'aabbcc', 3}, {'abc def', '(%w+) (%w+)', '%2 %1', 'def abc', 1},
  {'abc', 'b', '%%', 'a%c', 1}, {'$name is $age', '%$(%w+)', {name = 'Bob', age = 42}, 'Bob is 42', 2}, {'abc', '%w', {a = false, b = 'X'}, 'aXc', 3},
  {'abc', '%w', function(c) if c == 'b' then return '[B]' end end, 'a[B]c', 3}, {'abc', '(a)(b)', function(x, y) return y .. x end, 'bac', 1},
  {'THE (quick) fox', '%f[%a]%a+', function(w) return w:sub(1, 1):upper() .. w:sub(2):lower() end, 'The (Quick) Fox', 3},
  {'foo.bar', '%f[%w]%w+%f[%W]', '<%0>', '<foo>.<bar>', 2}, {'x^2', '%^', '**', 'x**2', 1}, {'a-b', '[a%-]', '_', '__b', 2}, {'a]b', '[]]', '_', 'a_b', 1},
  {'a^b', '[%^]', '_', 'a_b', 1}, {'abc', '[^b]', '_', '_b_', 2}, {'a1_', '[%w_]', 'x', 'xxx', 3}, {'aBc', '[a-z]', 'x', 'xBx', 2}, {'a-z', '[a%-z]', 'x', 'xxx', 3},
  {'\0a\0', '%z', 'Z', 'ZaZ', 2}, {'a\0b', '%Z', '.', '.\0.', 2}, {'abc', 'b', '%', 'a\0c', 1}, {'abc', 'b', 5, 'a5c', 1}, {'abc', '()', '%1', '1a2b3c4', 4},
  {'hello world', 'o', '', 'hell wrld', 2}, {'abc', '^a', 'x', 'xbc', 1}, {'aaa', '^a', 'x', 'xaa', 1}, {'abc', 'c$', 'x', 'abx', 1}, {'a.b', '.', '%%', '%%%', 3},
  {'abc', '(b)', '[%1%0]', 'a[bb]c', 1}, {'abc', '%w+', '%0-%0', 'abc-abc', 1}, {'x = 1', '(%w) = (%w)', '%2=%1', '1=x', 1}, {'abc', 'x*', '-', '-a-b-c-', 4},
  {'a,b,,c', ',', ';', 'a;b;;c', 3}, {'abc', '.', {a = 1, b = 2.5}, '12.5c', 3},
} do results(case[1]:gsub(case[2], case[3])){case[4], case[5]} end
results(('hello'):gsub('l', 'L', 1)){'heLlo', 1} results(('hello'):gsub('l', 'L', 0)){'hello', 0} results(('hello'):gsub('l', 'L', -1)){'hello', 0}
results(('abc'):gsub('%w', setmetatable({}, {__index = function(_, k) return k .. k end}))){'aabbcc', 3}

eq(('a\nb'):match('a.b'), 'a\nb') eq(('tab\there'):match('%c'), '\t') eq(('x!y'):match('%p'), '!') eq(('gr\195\188n'):match('[\128-\255]+'), '\195\188')
eq(('0xFf'):match('%x+$'), 'Ff') eq(('a b'):match('%g+'), 'a') results(('aaa'):find('a-', 2)){2, 1} eq(('aaa'):match('a*', 4), '') eq(('aaab'):match('a+b'), 'aaab')
eq(('aaab'):match('a-b'), 'aaab') eq(('ab'):match('a?b'), 'ab') eq(('b'):match('a?b'), 'b') eq(('abab'):match('(ab)%1'), 'ab') results(('  x'):find('^%s*')){1, 2}
results(('x^'):find('x^')){1, 2} results(('a$'):find('a$')){nil, n = 1} results(('a$b'):find('a$b')){1, 3} eq(('a-'):match('[a-]+'), 'a-') eq(('-a'):match('[-a]+'), '-a')
eq(('\195\164'):match('%a'), nil) eq(('Z'):match('%l'), nil) eq(('9'):match('[^%D]'), '9') eq((' \t\n\v\f\r'):match('^%s+$'), ' \t\n\v\f\r') eq(('%'):match('%%'), '%')
eq(('a]'):match('[]a]+'), 'a]') eq(('^'):match('[x^]'), '^') eq(('THE END'):match('%f[%w]%w+$'), 'END') eq(('a'):match('%f[%z]'), '') eq(('ab'):find('%f[%z]'), 3)
eq(('x'):rep(30):find(('x?'):rep(20) .. ('x'):rep(20)), 1)
eq(('x'):rep(40):match(('(x)'):rep(32)), 'x')

for pattern, message in pairs{
  ['[a'] = "malformed pattern %(missing ']'%)", ['%'] = "malformed pattern %(ends with '%%'%)", ['(a'] = 'unfinished capture', ['%b'] = "missing arguments to '%%b'",
  ['%bx'] = "missing arguments to '%%b'", ['%f'] = "missing '%[' after '%%f'", ['[a-'] = 'malformed pattern', ['(()'] = 'unfinished capture', ['%1'] = 'invalid capture index',
  [')'] = 'invalid pattern capture', ['a)'] = 'invalid pattern capture', ['(%1)'] = 'invalid capture index', ['[]'] = 'malformed pattern', ['[^]'] = 'malformed pattern',
  ['[a%'] = 'malformed pattern', ['a%'] = 'malformed pattern', ['%0'] = 'invalid capture index',
} do if not pattern:find('^a?%)') then fails(message, string.find, 'abc', pattern) end fails(message, string.match, 'abc', pattern) fails(message, string.gsub, 'abc', pattern, '%1') end
fails('too many captures', string.find, ('a'):rep(40), ('(a)'):rep(33)) fails('pattern too complex', string.match, ('a'):rep(1000), ('a?'):rep(300) .. 'b')
fails('invalid capture index', string.gsub, 'abc', 'b', '%2') fails('invalid capture index', string.gsub, 'abc', '(b)', '%2')
fails('string/function/table expected', string.gsub, 'abc', 'b', true) fails('string/function/table expected', string.gsub, 'abc', 'b')
fails('invalid replacement value %(a table%)', string.gsub, 'abc', 'b', function() return {} end) fails('invalid replacement value %(a boolean%)', string.gsub, 'abc', 'b', {b = true})
fails('string expected, got nil', string.find, nil, 'x') fails('string expected, got no value', string.find, 'x')
fails('in callback', string.gsub, 'abc', 'b', function() error('in callback') end)

-- long subjects cost no depth
local long = ('x'):rep(1e6)
eq(#long:match('^.*$'), 1e6) eq(#long:match('^.-$'), 1e6) eq(select(2, long:gsub('x', 'y')), 1e6) eq(#long:match('^(x*)$'), 1e6) eq(#('(' .. long .. ')'):match('%b()'), 1e6 + 2)
