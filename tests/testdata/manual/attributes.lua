qmqp_listen('/run/cm4all/qrelay/qrelay.sock', function(m)
  print(m.sender, table.concat(m.recipients, ' '), m.pid, m.uid, m.gid)
  m.sender = 'changed@example.com'
  m.account = 'account'
  m:get_cgroup('memory')
  m:get_mount_info('/proc')
  print(m.cgroup.path, m.cgroup.xattr.delegate, m.cgroup.parent)
  return m:connect('192.168.1.99')
end)
