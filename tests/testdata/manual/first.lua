qmqp_listen('/run/cm4all/qrelay/qrelay.sock', function(m)
  return m:connect('192.168.1.99')
end)
