-- require and package. `scratch` is a folder of the test's own.
local function file(name, text) local f = assert(io.open(scratch .. '/' .. name, 'w')) f:write(text) f:close() end
eq(type(package.path), 'string') eq(type(package.cpath), 'string') eq(package.loaded.string, string) eq(package.loaded._G, _G) eq(package.config:sub(1, 1), '/') eq(type(package.loaders), 'table') eq(package.searchers, package.loaders)
eq(package.path, './?.lua;/usr/local/share/lua/5.1/?.lua;/usr/local/share/lua/5.1/?/init.lua;/usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua')
for _, n in ipairs{'string', 'table', 'math', 'os', 'io', 'coroutine', 'debug', 'bit', 'utf8', 'jit', 'package'} do eq(require(n), _G[n]) end

package.preload.virtual = function(name, ...) return {name = name, n = select('#', ...)} end
eq(require('virtual').name, 'virtual') eq(require('virtual'), require('virtual')) eq(require('virtual').n, 0)

package.path = scratch .. '/?.lua;' .. scratch .. '/?/init.lua'
os.execute('mkdir -p ' .. scratch .. '/mod ' .. scratch .. '/pack')
file('mod/sub.lua', "return {v = 'sub', arg = ...}") file('pack/init.lua', "return 'init'") file('plain.lua', "print('loading plain')") file('failing.lua', "error('cannot')") file('broken.lua', 'x = = 1') file('loop.lua', "return require('loop')") file('sets.lua', "package.loaded.sets = 'set by itself'") file('no.lua', 'return false')
eq(require('mod.sub').v, 'sub') eq(package.loaded['mod.sub'].arg, 'mod.sub') eq(require('pack'), 'init') eq(require('sets'), 'set by itself') eq(require('no'), false)
eq(require('plain'), true) eq(output(), 'loading plain\n') eq(require('plain'), true) eq(output(), '') package.loaded.plain = nil require('plain') eq(output(), 'loading plain\n')
fails('failing.lua:1: cannot', require, 'failing') fails("loop or previous error loading module 'failing'", require, 'failing') fails("loop or previous error loading module 'loop'", require, 'loop')
fails("error loading module 'broken' from file '.*/broken.lua':\n\t.*broken.lua:1: unexpected symbol", require, 'broken')
local _, e = pcall(require, 'no.such.module')
eq(e, "module 'no.such.module' not found:\n\tno field package.preload['no.such.module']\n\tno file '" .. scratch .. "/no/such/module.lua'\n\tno file '" .. scratch .. "/no/such/module/init.lua'")
eq(package.searchpath('pack', package.path), scratch .. '/pack/init.lua') results(package.searchpath('none', '/x/?.lua')){nil, "\n\tno file '/x/none.lua'"} eq(package.searchpath('mod-sub', package.path, '-'), scratch .. '/mod/sub.lua') eq(package.searchpath('plain', ';;' .. package.path), scratch .. '/plain.lua')
table.insert(package.loaders, 1, function(name) if name == 'made.up' then return function(n) return 'made ' .. n end end end) eq(require('made.up'), 'made made.up') table.remove(package.loaders, 1)

fails("module 'ffi' is not available: C libraries", require, 'ffi') fails('just%-in%-time', require, 'jit.opt') fails('table.concat', require, 'string.buffer') eq(package.loadlib('x', 'y'), nil)
package.path = 5 fails("'package.path' must be a string", require, 'x') package.path = '' local loaders = package.loaders package.loaders = nil fails("'package.loaders' must be a table", require, 'x') package.loaders = loaders
module('oldmod', package.seeall) answer = 42 local mod = package.loaded.oldmod setfenv(1, _G)
eq(mod.answer, 42) eq(oldmod.answer, 42) eq(mod._NAME, 'oldmod')
