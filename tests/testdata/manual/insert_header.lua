qmqp_listen('/run/cm4all/qrelay/qrelay.sock', function(m)
  m:insert_header('X-Cgroup', m.cgroup)
  return m:connect('192.168.1.99')
end)
