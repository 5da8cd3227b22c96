--- the names in the module
local names = {}
for name in pairs(jwt) do names[#names + 1] = name end
table.sort(names)
assert.eq(names, {'sign', 'verify'})

--- it can be required
assert(require('jwt') == jwt)
