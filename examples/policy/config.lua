-- A policy for a hosting company: each customer's processes run in a control
-- group that carries the name of the account.

local out = qmqp_resolve('192.168.1.99')
local bounces = qmqp_resolve('192.168.1.98')
local db = pg:new('dbname=hosting')

-- Answers are kept for a minute.
local known = {}

local function account_of(m)
  local group = m.cgroup
  while group do
    local account = group.xattr.account
    if account then return account end
    group = group.parent
  end
end

local function is_blocked(account)
  local entry = known[account]
  if entry and entry.expires > os.time() then return entry.blocked end
  local result, err = db:execute('SELECT blocked FROM accounts WHERE name = $1', {account})
  if not result then
    print('cannot look up ' .. account .. ': ' .. err)
    return false
  end
  local row = result:fetch()
  local blocked = row ~= nil and row.blocked == 't'
  known[account] = {blocked = blocked, expires = os.time() + 60}
  return blocked
end

qmqp_listen('/run/cm4all/qrelay/qrelay.sock', function(m)
  if m.sender == '' then return m:connect(bounces) end

  local account = account_of(m)
  if not account then return m:reject('who are you?') end
  m.account = account

  if is_blocked(account) then return m:reject('mail is disabled for ' .. account) end
  m:insert_header('X-Account', account)
  return m:connect(out)
end)
