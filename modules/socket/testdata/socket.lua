--- send returns the number of bytes
local s = assert(socket:connect(receiver))
assert.eq(s:send('hello'), 5)
assert.eq(s:send('a\0b\255'), 4)
assert.eq(s:send(42), 2)
assert.eq(s:send(''), 0)
assert.eq(s:send(('x'):rep(10 * 1024 * 1024)), 10 * 1024 * 1024)

--- part of a string, with positions as in string.sub
local s = assert(socket:connect(receiver))
for _, r in ipairs{{1}, {2}, {8}, {-1}, {-3}, {-8}, {1, 8}, {2, 4}, {3, 3}, {8, 8}, {1, -1}, {1, -8}, {2, -2}, {2.9, 4.9}, {'2'}} do
  assert.eq(s:send('abcdefgh', unpack(r)), #('abcdefgh'):sub(unpack(r)))
end

--- a closed socket
local s = assert(socket:connect(receiver))
assert.eq(select('#', s:close()), 0)
local n, err = s:send('x')
assert.is_nil(n)
assert.eq(err, 'send ' .. receiver .. ': the socket is closed')
s:close()

--- nobody listens
local s, err = socket:connect('/nowhere/s')
assert.is_nil(s)
assert.eq(err, 'connect /nowhere/s: no such file or directory')

--- a path of another type
local s, err = socket:connect(receiver, {type = 'dgram'})
assert.is_nil(s)
assert.eq(err, 'connect ' .. receiver .. ': protocol wrong type for socket')

--- a type that IP does not have
local s, err = socket:connect('127.0.0.1:1', {type = 'seqpacket'})
assert.is_nil(s)
assert.contains(err, 'connect 127.0.0.1:1: ')

--- a host that does not exist
local s, err = socket:connect('no-such-host.invalid:1')
assert.is_nil(s)
assert.contains(err, 'resolve no-such-host.invalid: ')

--- an address without port
for address, shown in pairs{['127.0.0.1'] = '127.0.0.1', ['127.0.0.1:0'] = '127.0.0.1', ['::1'] = '::1', ['[::1]'] = '::1', localhost = '127.0.0.1'} do
  for _, kind in ipairs{'stream', 'dgram'} do
    local s, err = socket:connect(address, {type = kind})
    assert.is_nil(s)
    assert.eq(err, 'connect ' .. shown .. ': the port is missing')
  end
end

--- a datagram that is too large
local s = assert(socket:connect('127.0.0.1:9', {type = 'dgram'}))
local n, err = s:send(('x'):rep(65508))
assert.is_nil(n)
assert.eq(err, 'send 127.0.0.1:9: message too long')

--- coroutines may connect and send
local f = coroutine.wrap(function()
  local s = assert(socket:connect(receiver))
  coroutine.yield(s:send('x'))
  return s:send('yz')
end)
assert.eq(f(), 1)
assert.eq(f(), 2)

--- inside pcall and a sort callback
local s = assert(socket:connect(receiver))
local ok, n = pcall(s.send, s, 'xyz')
assert.eq({ok, n}, {true, 3})
table.sort({3, 1, 2}, function(a, b) assert(s:send('x')) return a < b end)
