local p = assert(pond:new(server))
local wrong = {true, {}, print, coroutine.create(print), p, io.stdout}

--- new with wrong arguments
assert.fails(function() pond:new() end, 'pond:new: expected 1 argument, got 0')
assert.fails(function() pond:new(server, 1) end, 'pond:new: expected 1 argument, got 2')
assert.fails(function() pond:new(nil) end, "bad argument #1 to 'pond:new' %(string expected, got nil%)")
for _, v in ipairs(wrong) do
  assert.fails(function() pond:new(v) end, "bad argument #1 to 'pond:new' %(string expected, got ")
end

--- new with a dot
assert.fails(function() pond.new(server) end, "calling 'pond:new' on bad self %(call it with a colon")
assert.fails(function() pond.new() end, "calling 'pond:new' on bad self")

--- send with wrong arguments
assert.fails(function() p:send() end, 'pond:send: expected 1 argument, got 0')
assert.fails(function() p:send({}, {}) end, 'pond:send: expected 1 argument, got 2')
for _, v in ipairs{true, 1, 'x', print, p, io.stdout} do
  assert.fails(function() p:send(v) end, "bad argument #1 to 'pond:send' %(table expected, got ")
end
assert.fails(function() p:send(nil) end, "bad argument #1 to 'pond:send' %(table expected, got nil")

--- send of something else
for _, v in ipairs{true, {}, print, 'x', 1, io.stdout, pond} do
  assert.fails(function() p.send(v, {}) end, "calling 'pond:send' on bad self %(pond expected, got ")
end

--- a field that records do not have
p:send{text = 'x'} --> error: bad argument #1 to 'pond:send' (unknown option "text" (known: type, timestamp, site, message, json, host, remote_host, forwarded_to, length, received, sent, duration)

--- a list
assert.fails(function() p:send{'x'} end, "bad argument #1 to 'pond:send' %(unknown option of type number")

--- fields of a wrong type
for _, name in ipairs{'site', 'message', 'json', 'host', 'remote_host', 'forwarded_to', 'type'} do
  for _, v in ipairs(wrong) do
    assert.fails(function() p:send{[name] = v} end, "bad argument #1 to 'pond:send' %(option \"" .. name .. "\": string expected, got ")
  end
end
for _, name in ipairs{'timestamp', 'length', 'received', 'sent', 'duration'} do
  for _, v in ipairs{true, {}, print, 'x', p} do
    assert.fails(function() p:send{[name] = v} end, "bad argument #1 to 'pond:send' %(option \"" .. name .. "\": number expected, got ")
  end
  for _, v in ipairs{-1, 1/0, -1/0, 0/0, 1e20} do
    assert.fails(function() p:send{[name] = v} end, "bad argument #1 to 'pond:send' %(option \"" .. name .. "\": number from 0 to %d+ expected, got ")
  end
end

--- half a byte
p:send{length = 1.5} --> error: bad argument #1 to 'pond:send' (option "length": whole number expected, got 1.5

--- a type that does not exist
p:send{type = 'mail'} --> error: bad argument #1 to 'pond:send' (option "type": no such record type "mail" (known: unspecified, http_access, http_error, submission, ssh, job, history)
