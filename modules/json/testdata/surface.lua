--- the names in the module
local names = {}
for name in pairs(json) do names[#names + 1] = name end
table.sort(names)
assert.eq(names, {'array', 'dump', 'null', 'parse'})

--- it can be required
assert(require('json') == json)
