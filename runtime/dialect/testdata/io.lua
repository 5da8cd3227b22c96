-- The io library. `scratch` is a folder of the test's own.
local path = scratch .. '/file'
local function put(text) local f = assert(io.open(path, 'w')) f:write(text) f:close() end
local function get() local f = assert(io.open(path, 'rb')) local s = f:read('*a') f:close() return s end

local f = assert(io.open(path, 'w')) eq(f:write('one\n', 2, ' ', 2.5, '\n'), f) eq(f:write('end'):write('!'), f) eq(f:close(), true) eq(get(), 'one\n2 2.5\nend!')
f = io.open(path) results(f:read()){'one'} results(f:read('*n', 'n')){2, 2.5} results(f:read('*l')){''} results(f:read(2, 0)){'en', ''} results(f:read('a')){'d!'} results(f:read('*a')){''} results(f:read()){nil, n = 1} results(f:read(0)){nil, n = 1} results(f:read(5)){nil, n = 1} f:close()
f = io.open(path) results(f:read('*L', 'L')){'one\n', '2 2.5\n'} results(f:read('l', 'l', 'l')){'end!', nil, n = 2} f:close()
local lines = {} for l in io.lines(path) do lines[#lines + 1] = l end eq(table.concat(lines, '|'), 'one|2 2.5|end!') lines = {} for a, b in io.lines(path, 1, '*l') do lines[#lines + 1] = a .. '/' .. b end eq(table.concat(lines, '|'), 'o/ne|2/ 2.5|e/nd!')
f = io.open(path) lines = {} for l in f:lines() do lines[#lines + 1] = l end eq(#lines, 3) eq(io.type(f), 'file') f:close() eq(io.type(f), 'closed file') eq(io.type(5), nil)
put('1 -2.5 0x1F 1e3 .5 x 7') f = io.open(path) results(f:read('n', 'n', 'n', 'n', 'n')){1, -2.5, 31, 1000, 0.5} results(f:read('n')){nil, n = 1} f:close()
put('inf -INF nan infinity inf5 in') f = io.open(path) results(f:read('n', 'n')){1/0, -1/0} eq(f:read('n'), 0/0) results(f:read('n', 'n', 'n')){1/0, 1/0, 5} eq(f:read('n'), nil) f:close()
put('last line without end') for l in io.lines(path) do eq(l, 'last line without end') end put('a\r\nb\n\nc') lines = {} for l in io.lines(path) do lines[#lines + 1] = #l end eq(table.concat(lines, ' '), '2 1 0 1')
put(('x'):rep(10000) .. '\n' .. ('y'):rep(9000)) f = io.open(path) eq(#f:read(), 10000) eq(#f:read(8999), 8999) eq(f:read(100), 'y') f:close()

-- modes and positions
put('hello') f = io.open(path, 'a') f:write(' world') f:close() eq(get(), 'hello world') f = io.open(path, 'r+') eq(f:read(5), 'hello') f:write('-') eq(f:seek(), 6) f:close() eq(get(), 'hello-world')
f = io.open(path, 'r+b') eq(f:seek('end'), 11) eq(f:seek('set', 2), 2) eq(f:read(1), 'l') eq(f:seek('cur', -1), 2) eq(f:read(1), 'l') results(f:seek('set', -1)){nil, 'Invalid argument', 22} f:close()
f = io.open(path, 'w+') f:write('abc') f:seek('set') eq(f:read('a'), 'abc') f:close() f = io.open(path, 'a+') f:write('d') f:seek('set') eq(f:read('a'), 'abcd') f:close()
f = io.open(path, 'w') results(f:read()){nil, 'Bad file descriptor', 9} fails('^testdata/io.lua:20: Bad file descriptor$', function() for _ in f:lines() do end end) f:close() f = io.open(path) results(f:write('x')){nil, 'Bad file descriptor', 9} f:close()
f = io.open(path, 'w') eq(f:setvbuf('full', 100), true) f:write('kept') eq(get(), '') eq(f:flush(), true) eq(get(), 'kept') f:setvbuf('line') f:write('a') eq(get(), 'kept') f:write('b\n') eq(get(), 'keptab\n') f:setvbuf('no') f:write('c') eq(get(), 'keptab\nc') f:close()

-- errors
results(io.open('/no/such/file')){nil, '/no/such/file: No such file or directory', 2} results(io.open(scratch, 'w')){nil, scratch .. ': Is a directory', 21} fails("invalid mode 'x'", io.open, path, 'x') fails("invalid mode 'rw'", io.open, path, 'rw')
fails('No such file', io.lines, '/no/such/file') fails('invalid format', function() io.open(path):read('x') end) fails('attempt to use a closed file', f.read, f) fails('attempt to use a closed file', f.close, f) fails('FILE%* expected', f.read, {})
fails('attempt to use a closed file', function() io.close(f) end) fails("file is already closed", function() local g = io.open(path) local next = g:lines() g:close() next() end) assert(tostring(io.stdout):find('^file %(0x')) eq(tostring(f), 'file (closed)')
fails('string expected, got table', function() io.write({}) end)

-- default files
io.write('written', 1, 2.5, '\n') io.stdout:write('by ', 'method\n') eq(output(), 'written12.5\nby method\n') results(io.stdout:seek()){nil, 'Illegal seek', 29} results(io.stdout:close()){nil, 'cannot close standard file', 0}
io.output(path) io.write('to file') io.close() fails('default output file is closed', io.write, 'x') io.output(io.stdout) eq(get(), 'to file') io.write('x') eq(output(), 'x') eq(io.flush(), true)
io.input(path) eq(io.read(2), 'to') eq(io.read('a'), ' file') io.input():close() fails('default input file is closed', io.read) io.input(io.stdin) eq(io.type(io.input()), 'file') fails('No such file', io.input, '/no/such/file')
local tmp = io.tmpfile() tmp:write('x') tmp:seek('set') eq(tmp:read('a'), 'x') tmp:close()

-- processes
local p = io.popen('echo one; echo two') eq(p:read('*l'), 'one') eq(p:read('*a'), 'two\n') eq(p:read('*a'), '') results(p:close()){true, 'exit', 0}
p = io.popen('cat >' .. path, 'w') p:write('through ', 'a pipe') p:close() eq(get(), 'through a pipe') results(io.popen('exit 3'):close()){true, 'exit', 3} results(io.popen('kill -9 $$'):close()){true, 'signal', 9}
lines = {} for l in io.popen('echo a; echo b'):lines() do lines[#lines + 1] = l end eq(table.concat(lines), 'ab') fails("invalid mode 'x'", io.popen, 'true', 'x') results(io.popen('true'):seek()){nil, 'Illegal seek', 29}
