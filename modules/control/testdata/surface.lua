--- the names in the module
local names = {}
for name in pairs(control_client) do names[#names + 1] = name end
table.sort(names)
assert.eq(names, {'new'})

--- the methods of a client
local c = assert(control_client:new(receiver))
assert.fails(function() return c.x end, '^[^\n]*control_client has no attribute "x" %(it has build, send%)')

--- the methods of a builder
local b = assert(control_client:new(receiver)):build()
assert.fails(function() return b.x end, '^[^\n]*control_builder has no attribute "x" %(it has fade_children, flush_filter_cache, ' ..
  'discard_session, flush_http_cache, terminate_children, disconnect_database, reset_limiter, reject_client, tarpit_client, cancel_job%)')

--- it can be required
assert(require('control_client') == control_client)
