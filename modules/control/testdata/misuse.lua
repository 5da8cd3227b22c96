local c = assert(control_client:new(receiver))
local b = c:build()
local simple = {'fade_children', 'flush_filter_cache', 'discard_session', 'flush_http_cache', 'terminate_children', 'disconnect_database', 'reset_limiter'}
local all = {'reject_client', 'tarpit_client', unpack(simple)}
local wrong = {true, {}, print, coroutine.create(print), c, io.stdout}

--- new with wrong arguments
assert.fails(function() control_client:new() end, 'control_client:new: expected 1 argument, got 0')
assert.fails(function() control_client:new(receiver, 1) end, 'control_client:new: expected 1 argument, got 2')
assert.fails(function() control_client:new(nil) end, "bad argument #1 to 'control_client:new' %(string expected, got nil%)")
for _, v in ipairs(wrong) do
  assert.fails(function() control_client:new(v) end, "bad argument #1 to 'control_client:new' %(string expected, got ")
end

--- new with a dot
assert.fails(function() control_client.new(receiver) end, "calling 'control_client:new' on bad self %(call it with a colon")
assert.fails(function() control_client.new() end, "calling 'control_client:new' on bad self")
assert.fails(function() control_client.new(c, receiver) end, "calling 'control_client:new' on bad self")

--- methods of a client with wrong arguments
assert.fails(function() c:build(1) end, 'control_client:build: expected no arguments, got 1')
assert.fails(function() c:send() end, 'control_client:send: expected 1 argument, got 0')
assert.fails(function() c:send(b, b) end, 'control_client:send: expected 1 argument, got 2')
for _, v in ipairs{true, {}, print, c, 'x', 1, io.stdout} do
  assert.fails(function() c:send(v) end, "bad argument #1 to 'control_client:send' %(control_builder expected, got ")
end
assert.fails(function() c:send(nil) end, "bad argument #1 to 'control_client:send' %(control_builder expected, got nil")

--- methods of something else
for _, v in ipairs{true, {}, print, b, 'x', 1, io.stdout} do
  assert.fails(function() c.send(v, b) end, "calling 'control_client:send' on bad self %(control_client expected, got ")
  assert.fails(function() c.build(v) end, "calling 'control_client:build' on bad self %(control_client expected, got ")
end
for _, name in ipairs(all) do
  for _, v in ipairs{true, {}, print, c, 'x', 1, io.stdout} do
    assert.fails(function() b[name](v, 'x') end, "calling 'control_builder:" .. name .. "' on bad self %(control_builder expected, got ")
  end
  assert.fails(b[name], "calling 'control_builder:" .. name .. "' on bad self")
end

--- commands without argument, which might mean all
for _, name in ipairs(all) do
  assert.fails(function() b[name](b) end, 'control_builder:' .. name .. ': expected at least 1 argument, got 0')
end

--- commands with an argument of a wrong type, in any place, which adds no command
for _, name in ipairs(all) do
  for _, v in ipairs(wrong) do
    assert.fails(function() b[name](b, v) end, "bad argument #1 to 'control_builder:" .. name .. "' %(string expected, got ")
    assert.fails(function() b[name](b, 'x', v) end, "bad argument #2 to 'control_builder:" .. name .. "' %(string expected, got ")
  end
  assert.fails(function() b[name](b, nil) end, "bad argument #1 to 'control_builder:" .. name .. "' %(string expected, got nil")
end

--- cancel_job
assert.fails(function() b:cancel_job() end, 'control_builder:cancel_job: expected 2 arguments, got 0')
assert.fails(function() b:cancel_job('p') end, 'control_builder:cancel_job: expected 2 arguments, got 1')
assert.fails(function() b:cancel_job('p', 'j', 'x') end, 'control_builder:cancel_job: expected 2 arguments, got 3')
assert.fails(function() b:cancel_job('p\0q', 'j') end, "bad argument #1 to 'control_builder:cancel_job' %(name without NUL expected%)")
for _, v in ipairs(wrong) do
  assert.fails(function() b:cancel_job(v, 'j') end, "bad argument #1 to 'control_builder:cancel_job' %(string expected, got ")
  assert.fails(function() b:cancel_job('p', v) end, "bad argument #2 to 'control_builder:cancel_job' %(string expected, got ")
end
assert.fails(function() b:cancel_job(('p'):rep(65535), '') end, 'control_builder:cancel_job: payload of 65536 bytes, at most 65535 are possible')

--- payloads that are too large
for _, name in ipairs(all) do
  for _, n in ipairs{65536, 10 * 1024 * 1024} do
    assert.fails(function() b[name](b, ('x'):rep(n)) end, "bad argument #1 to 'control_builder:" .. name .. "' %(at most 65535 bytes expected, got " .. n)
  end
end

--- commands without end
local d, big = c:build(), ('x'):rep(65535)
assert.fails(function() while true do d:fade_children(big) end end, 'control_builder:fade_children: datagram too large')

--- seconds of a ban
for _, name in ipairs{'reject_client', 'tarpit_client'} do
  local where = "' %(whole number from 0 to 4294967295 expected, got "
  for _, v in ipairs{-1, 1.5, 4294967296, '4294967296', 1/0, 0/0} do
    assert.fails(function() b[name](b, '192.0.2.1', v) end, "bad argument #2 to 'control_builder:" .. name .. where)
  end
  assert.fails(function() b[name](b, 'example', 60) end, "bad argument #1 to 'control_builder:" .. name .. "' %(IP address expected before the seconds, got \"example\"")
  assert.fails(function() b[name](b, 60) end, "bad argument #1 to 'control_builder:" .. name .. "' %(IP address expected, got number")
  assert.fails(function() b[name](b, '192.0.2.1', 60, 60) end, "bad argument #3 to 'control_builder:" .. name .. "' %(IP address expected, got number")
end
