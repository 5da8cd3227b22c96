log_server = '127.0.0.1'
local seen = {}

function reload() seen = {} end

qmqp_listen('/run/a', function(m)
  if m:header('Precedence') == 'bulk' then return m:discard() end
  if m.peer then return m:reject('no mail from ' .. m.peer) end
  m:insert_header('X-UID', m.uid)
  if m.cgroup and m.cgroup.xattr.owner then m.account = m.cgroup.xattr.owner end
  return m:connect('10.0.0.1')
end)

qmqp_listen('/run/b', function(m)
  sleep(30)
  pond:send{message = 'slept'}
  if m.size > 1000 then error('too large') end
  local mount = m:get_mount_info('/home')
  return m:exec('/bin/deliver', mount and mount.source or 'nowhere', {timeout = 5, env = {A = 'b'}})
end)
