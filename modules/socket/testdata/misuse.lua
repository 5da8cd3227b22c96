local s = assert(socket:connect(receiver))
local wrong = {true, {}, print, coroutine.create(print), s, io.stdout}

--- connect with wrong arguments
assert.fails(function() socket:connect() end, 'socket:connect: expected 1 to 2 arguments, got 0')
assert.fails(function() socket:connect(receiver, {}, 1) end, 'socket:connect: expected 1 to 2 arguments, got 3')
assert.fails(function() socket:connect(nil) end, "bad argument #1 to 'socket:connect' %(string expected, got nil%)")
for _, v in ipairs(wrong) do
  assert.fails(function() socket:connect(v) end, "bad argument #1 to 'socket:connect' %(string expected, got ")
end

--- connect with a dot
assert.fails(function() socket.connect(receiver) end, "calling 'socket:connect' on bad self %(call it with a colon")
assert.fails(function() socket.connect() end, "calling 'socket:connect' on bad self")
assert.fails(function() socket.connect(s, receiver) end, "calling 'socket:connect' on bad self")

--- what is no address
for _, address in ipairs{'', '@', 'host:port', '1.2.3.4:99999', '[::1', 'x\0y', '/x\0y', ('x'):rep(10 * 1024 * 1024)} do
  local message = assert.fails(function() socket:connect(address) end, "bad argument #1 to 'socket:connect' %(address ")
  assert(#message < 400)
end

--- options that are no table
for _, v in ipairs{true, 'dgram', 1, print, s} do
  assert.fails(function() socket:connect(receiver, v) end, "bad argument #2 to 'socket:connect' %(table expected, got ")
end
assert(socket:connect(receiver, nil))

--- an unknown option
socket:connect(receiver, {typ = 'dgram'}) --> error: bad argument #2 to 'socket:connect' (unknown option "typ" (known: type))

--- an option that is no name
assert.fails(function() socket:connect(receiver, {'dgram'}) end, "bad argument #2 to 'socket:connect' %(unknown option of type number")

--- an unknown type
socket:connect(receiver, {type = 'raw'}) --> error: bad argument #2 to 'socket:connect' (option "type": 'stream', 'dgram' or 'seqpacket' expected, got "raw")

--- a type that is no string
for _, v in ipairs{true, 1, {}, print} do
  assert.fails(function() socket:connect(receiver, {type = v}) end, "bad argument #2 to 'socket:connect' %(option \"type\": string expected, got ")
end

--- send with wrong arguments
assert.fails(function() s:send() end, 'socket:send: expected 1 to 3 arguments, got 0')
assert.fails(function() s:send('x', 1, 1, 1) end, 'socket:send: expected 1 to 3 arguments, got 4')
assert.fails(function() s:send(nil) end, "bad argument #1 to 'socket:send' %(string expected, got nil")
for _, v in ipairs(wrong) do
  assert.fails(function() s:send(v) end, "bad argument #1 to 'socket:send' %(string expected, got ")
  assert.fails(function() s:send('abc', v) end, "bad argument #2 to 'socket:send' %(number expected, got ")
  assert.fails(function() s:send('abc', 1, v) end, "bad argument #3 to 'socket:send' %(number expected, got ")
end
assert.fails(function() s:send('abc', nil) end, "bad argument #2 to 'socket:send' %(number expected, got nil")
assert.fails(function() s:send('abc', 1, nil) end, "bad argument #3 to 'socket:send' %(number expected, got nil")
assert.fails(function() s:send('abc', 'x') end, "bad argument #2 to 'socket:send' %(number expected, got string")
for _, v in ipairs{0/0, 1/0, -1/0, 1e300, 2^40} do
  assert.fails(function() s:send('abc', v) end, "bad argument #2 to 'socket:send' %(position expected, got ")
  assert.fails(function() s:send('abc', 1, v) end, "bad argument #3 to 'socket:send' %(position expected, got ")
end

--- positions outside of the string
for _, r in ipairs{{0}, {4}, {-4}, {1, 0}, {1, 4}, {1, -4}, {3, 2}, {-1, -2}} do
  assert.fails(function() s:send('abc', unpack(r)) end, 'socket:send: ')
end
assert.fails(function() s:send('', 1) end, 'socket:send: start 1 is outside of the 0 bytes')

--- a position after the end
s:send('abc', 4) --> error: socket:send: start 4 is outside of the 3 bytes

--- close with an argument
s:close(1) --> error: socket:close: expected no arguments, got 1

--- methods of something else
local builder = newproxy and newproxy() or io.stdout
for _, v in ipairs{true, {}, print, 'x', 1, io.stdout, socket, builder} do
  assert.fails(function() s.send(v, 'x') end, "calling 'socket:send' on bad self %(socket expected, got ")
  assert.fails(function() s.close(v) end, "calling 'socket:close' on bad self %(socket expected, got ")
end
assert.fails(function() s.send() end, "calling 'socket:send' on bad self %(socket expected, got no value")
assert.fails(function() s.close() end, "calling 'socket:close' on bad self %(socket expected, got no value")
