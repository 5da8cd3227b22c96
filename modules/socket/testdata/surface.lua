--- the names in the module
local names = {}
for name in pairs(socket) do names[#names + 1] = name end
table.sort(names)
assert.eq(names, {'connect'})

--- the methods of a socket
local s = assert(socket:connect(receiver))
assert.fails(function() return s.receive end, '^[^\n]*socket has no attribute "receive" %(it has send, close%)')

--- it can be required
assert(require('socket') == socket)
