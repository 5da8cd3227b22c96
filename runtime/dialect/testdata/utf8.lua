-- The utf8 library of Lua 5.3.
local s = 'aä€😀'
eq(utf8.char(97, 228, 8364, 128512), s) eq(utf8.char(), '') eq(utf8.char(0), '\0') eq(utf8.len(s), 4) eq(utf8.len(''), 0) eq(utf8.len(s, 2), 3) eq(utf8.len(s, 2, 3), 1) eq(utf8.len(s, -4), 1)
results(utf8.len('a\255b')){nil, 2} results(utf8.len('\228')){nil, 1} results(utf8.len('\192\128')){nil, 1} results(utf8.len('\244\144\128\128')){nil, 1} eq(utf8.len('\237\160\128'), 1)
results(utf8.codepoint(s, 1, -1)){97, 228, 8364, 128512} eq(utf8.codepoint(s), 97) eq(utf8.codepoint(s, 2), 228) results(utf8.codepoint(s, 3, 2)){} eq(utf8.codepoint('€', -3), 8364)
local seen = {} for p, c in utf8.codes(s) do seen[#seen + 1] = p .. '=' .. c end eq(table.concat(seen, ' '), '1=97 2=228 4=8364 7=128512')
seen = {} for c in s:gmatch(utf8.charpattern) do seen[#seen + 1] = #c end eq(table.concat(seen, ' '), '1 2 3 4') for _ in utf8.codes('') do error('nothing') end
eq(utf8.offset(s, 3), 4) eq(utf8.offset(s, -1), 7) eq(utf8.offset(s, -2), 4) eq(utf8.offset(s, 0, 3), 2) eq(utf8.offset(s, 0), 1) eq(utf8.offset(s, 5), 11) eq(utf8.offset(s, 6), nil) eq(utf8.offset(s, 1), 1) eq(utf8.offset('', 1), 1) eq(utf8.offset(s, -5), nil) eq(utf8.offset(s, 2, 2), 4)
fails('value out of range', utf8.char, -1) fails('value out of range', utf8.char, 0x110000) fails('invalid UTF%-8 code', utf8.codepoint, '\255') fails('out of range', utf8.codepoint, 'a', 1, 5)
fails('invalid UTF%-8 code', function() for _ in utf8.codes('a\255') do end end) fails('initial position is a continuation byte', utf8.offset, s, 1, 3) fails('position out of range', utf8.offset, s, 1, 99)
fails('initial position out of string', utf8.len, 'a', 5) fails('out of string', utf8.len, 'a', 1, 5) fails('string expected', utf8.len)
