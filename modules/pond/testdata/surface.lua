--- the names in the module
local names = {}
for name in pairs(pond) do names[#names + 1] = name end
table.sort(names)
assert.eq(names, {'new'})

--- the methods of a client
local p = assert(pond:new(server))
assert.fails(function() return p.x end, '^[^\n]*pond has no attribute "x" %(it has send%)')

--- it can be required
assert(require('pond') == pond)
