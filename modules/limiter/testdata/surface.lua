--- the names in the module
local names = {}
for name in pairs(limiter) do names[#names + 1] = name end
assert.eq(names, {'new'})

--- the members of a limiter
local l = limiter.new{rate = 1}
assert.fails(function() return l.x end, '^[^\n]*limiter has no attribute "x" %(it has keys, allow, peek, reset%)')
assert.fails(function() l.keys = 1 end, 'limiter: attribute "keys" cannot be set %(these can: none%)')
assert.eq(tostring(l), 'limiter')

--- it can be required
assert(require('limiter') == limiter)
