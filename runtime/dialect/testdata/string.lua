-- The string library, except for patterns and format.
eq(('x'):rep(3), 'xxx') eq(('x'):rep(3, ', '), 'x, x, x') eq(('x'):rep(1, ','), 'x') eq(('x'):rep(0), '') eq(('x'):rep(-1), '')
eq((''):rep(1e9), '') eq(('ab'):rep(2.9), 'abab') eq(('x'):rep(2, ''), 'xx')
fails('resulting string too large', string.rep, 'x', 1e10) fails('resulting string too large', string.rep, 'abc', 2^62)
fails('resulting string too large', string.rep, 'x', 1e8, 'abc')
fails('string length overflow', function() local s = ('x'):rep(2^27) return s .. s .. s end)
fails('string length overflow', function() local s = ('x'):rep(2^27) return table.concat{s, s, s} end)
fails('string length overflow', function() return (('xxx'):gsub('x', ('y'):rep(2^27))) end)
eq(('hello'):sub(2, 4), 'ell') eq(('hello'):sub(-3), 'llo') eq(('hello'):sub(2), 'ello') eq(('hello'):sub(0), 'hello')
eq(('hello'):sub(4, 2), '') eq(('hello'):sub(-100, 100), 'hello') eq(('hello'):sub(2, -2), 'ell') eq(('hello'):sub(1e300), '')
eq(('hello'):sub(-2^63, 2^63), 'hello') eq(('x'):sub('1', '1'), 'x') eq((''):sub(1, 1), '')
results(('abc'):byte()){97} results(('abc'):byte(2)){98} results(('abc'):byte(1, 3)){97, 98, 99} results(('abc'):byte(10)){}
results(('abc'):byte(-1)){99} results(('abc'):byte(0)){} results(('abc'):byte(-10)){} results((''):byte()){} results(('abc'):byte(3, -1)){99}
fails('string slice too long', string.byte, ('x'):rep(1e6), 1, -1)
eq(string.char(72, 105), 'Hi') eq(string.char(), '') eq(string.char(0, 255), '\0\255')
fails('bad argument #2 to .* %(invalid value%)', string.char, 1, 256) fails('invalid value', string.char, -1)
eq(('Grün ABC'):upper(), 'GRüN ABC') eq(('GRÜN abc'):lower(), 'grÜn abc') eq(('abc'):reverse(), 'cba') eq((''):reverse(), '')
eq(#'a\0b', 3) eq(string.len('a\0b'), 3) eq(('x'):len(), 1) eq(string.len(123), 3)
eq(string.rep, ('').rep) eq(string.gfind, string.gmatch)
fails('unable to dump', string.dump, function() end) fails('function expected', string.dump, 1)
for _, name in ipairs{'pack', 'unpack', 'packsize'} do fails('of Lua 5.3 does not exist here', string[name]) end
fails("bad argument #1 to .* %(string expected, got table%)", string.upper, {})
fails("attempt to index a nil value", function() return (nil):x() end)
eq('a' < 'b', true) eq('a' < 'B', false) eq('Z' < 'a', true) eq('' < 'a', true) eq('a\0b' < 'a\0c', true) eq('\255' > '\1', true)
