--- a record needs nothing
assert.eq(assert(pond:new(server)):send{}, true)

--- nobody needs to listen before there is something to send
local p = assert(pond:new('/nowhere/pond'))
local ok, err = p:send{message = 'x'}
assert.is_nil(ok)
assert.eq(err, 'send log record to /nowhere/pond: sendto: no such file or directory')

--- a host that does not exist
local p, err = pond:new('no-such-host.invalid')
assert.is_nil(p)
assert.contains(err, 'resolve no-such-host.invalid: ')

--- what is no address
for _, address in ipairs{'', '@', 'host:port', '1.2.3.4:99999', '[::1', 'x\0y', ('x'):rep(10 * 1024 * 1024)} do
  local p, err = pond:new(address)
  assert.is_nil(p)
  assert(#err < 300, err)
end

--- a record that is too large even without its message
local ok, err = assert(pond:new(server)):send{site = ('x'):rep(10 * 1024 * 1024)}
assert.is_nil(ok)
assert.contains(err, 'record is too large')
