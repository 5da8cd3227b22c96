qmqp_listen('/exec', function(m)
  return m:exec("PROGRAM", "ARG")
end)

qmqp_listen('/exec_raw', function(m)
  return m:exec_raw('/usr/sbin/sendmail', '-f', m.sender, m.recipients[1], {env={LANG='C'}, timeout=30})
end)
