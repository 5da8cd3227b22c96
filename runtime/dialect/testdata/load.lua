-- load, loadstring, loadfile, dofile.
eq(loadstring('return 1 + 1')(), 2) eq(load('return ...', 'name')(5), 5) eq(load(function() return nil end)(), nil)
local pieces = {'return ', '4', '2', nil} local i = 0
eq(load(function() i = i + 1 return pieces[i] end)(), 42)
pieces, i = {'return ', '7', '', 'ignored'}, 0 eq(load(function() i = i + 1 return pieces[i] end)(), 7)
results(load(function() return {} end)){nil, 'reader function must return a string'}
local f, e = load(function() error('broken', 0) end) eq(f, nil) eq(e, 'broken') fails('function expected, got nil', load, nil) fails('function expected, got table', load, {})
refused("^chunk:2: '<eof>' expected near 'end'$", 'if x then end\nend end') refused("^chunk:1: unexpected symbol near 'end'$", 'if x then (end end') refused("near '...'$", 'function f() return ... end')
eq(select(2, load(function() return ('x'):rep(2^20) end)), 'chunk too large')

-- chunk names in messages
eq(select(2, loadstring('x =')), "[string \"x =\"]:1: unexpected symbol near '<eof>'") eq(select(2, loadstring('x =', '=name')), "name:1: unexpected symbol near '<eof>'")
eq(select(2, loadstring('x =', '@dir/file.lua')), "dir/file.lua:1: unexpected symbol near '<eof>'") eq(select(2, loadstring('\nx =')):match('^[^:]*'), '[string "..."]')
eq(select(2, load(function() end, nil) and 'fine'), nil) eq(select(2, loadstring('local ' .. ('x'):rep(100) .. ' = = 1')):match('^[^:]*'), '[string "local ' .. ('x'):rep(39) .. '..."]')
eq(select(2, pcall(loadstring('\n\nerror("x")', '=chunk'))), 'chunk:3: x')

-- mode and environment
eq(load('return x', '=c', 't', {x = 5})(), 5) eq(load('return x', '=c', 'bt', {x = 6})(), 6) eq(load('x = 1', '=c', nil, {}) ~= nil, true)
local env = {} load('x = 1', '=c', 't', env)() eq(env.x, 1) eq(x, nil)
results(load('return 1', '=c', 'b')){nil, 'attempt to load chunk with wrong mode: there are only text chunks'} assert(select(2, load('\27Lua')):find('cannot load binary chunks'))
eq(getfenv(loadstring('')), _G) eq(select('#', loadstring('return nil, nil')()), 2)

-- files
local path = scratch .. '/chunk.lua'
local function file(text) local f = io.open(path, 'wb') f:write(text) f:close() return path end
results(dofile(file('\239\187\191return "bom"\n'))){'bom'} results(dofile(file("local a = 1\r\nlocal b = 'x\\\r\ny'\r\nreturn a, b\r\n"))){1, 'x\ny'} results(dofile(file('return "last" -- comment'))){'last'}
results(dofile(file(''))){} results(dofile(file('#!/usr/bin/lua\nreturn debug.getinfo(1, "l").currentline'))){2} results(dofile(file('\239\187\191#!x\nreturn 1'))){1} results(dofile(file('# only'))){} results(dofile(file('return ...'))){}
eq(loadfile(file('return ...'))(5), 5) eq(loadfile(path, 't', {})(6), 6) eq(loadfile(file('return x'), 't', {x = 7})(), 7)
file('\n\nerror("in file")') local ok, e = pcall(dofile, path) eq(e, path .. ':3: in file')
file('x = = 1') ok, e = pcall(dofile, path) eq(e, path .. ":1: unexpected symbol near '='") eq(select(2, loadfile(path)), e)
results(loadfile('/no/such/file')){nil, 'cannot open /no/such/file: No such file or directory'} ok, e = pcall(dofile, '/no/such/file') eq(e, 'cannot open /no/such/file: No such file or directory') eq(select(2, loadfile(scratch)), 'cannot open ' .. scratch .. ': Is a directory')
