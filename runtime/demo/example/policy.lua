local next_hop = qmqp_resolve('@DIR@/next.sock')
local blocked = {['spam.example'] = true}

qmqp_listen('@DIR@/mail.sock', function(m)
  for _, recipient in ipairs(m.recipients) do
    if blocked[recipient:match('@(.*)')] then
      return m:reject('no mail for ' .. recipient)
    end
  end
  if m:header('Precedence') == 'bulk' then
    return m:discard()
  end
  m:insert_header('X-Submitted-By', 'uid ' .. m.uid)
  return m:connect(next_hop)
end)
