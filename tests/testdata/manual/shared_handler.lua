function handler(m)
  return m:reject()
end

qmqp_listen('/foo', handler)
qmqp_listen('/bar', handler)
