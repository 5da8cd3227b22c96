--- each method returns the builder
local c = assert(control_client:new(receiver))
local b = c:build()
assert.eq(type(b), 'userdata')
assert(b:fade_children('foo') == b)
assert(b:cancel_job('p', 'j') == b)
assert(b:reject_client('192.0.2.1', 60) == b)

--- a builder may be sent several times, by several clients, and extended in between
local c, d = assert(control_client:new(receiver)), assert(control_client:new(receiver))
local b = c:build()
assert(c:send(b) and c:send(b:fade_children('a')) and d:send(b) and c:send(b:fade_children('b')))

--- a client made earlier serves coroutines
local c = assert(control_client:new(receiver))
assert(coroutine.wrap(function() return c:send(c:build():reset_limiter('x')) end)())

--- what cannot be reached is returned
local c, err = control_client:new('/nowhere/control')
assert.is_nil(c)
assert.eq(err, 'connect /nowhere/control: no such file or directory')

--- so is a host that does not exist
local c, err = control_client:new('no-such-host.invalid')
assert.is_nil(c)
assert.contains(err, 'resolve no-such-host.invalid: ')

--- and what is no address
for _, address in ipairs{'', '@', 'host:port', '1.2.3.4:99999', '[::1', 'x\0y', ('x'):rep(10 * 1024 * 1024)} do
  local c, err = control_client:new(address)
  assert.is_nil(c)
  assert(#err < 300, err)
end

--- a datagram that is too large for UDP is returned by send
local c = assert(control_client:new('127.0.0.1:9'))
local ok, err = c:send(c:build():fade_children(('x'):rep(65535)))
assert.is_nil(ok)
assert.eq(err, 'send: message too long')
