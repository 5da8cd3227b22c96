-- Run with: qrelay-lua --test examples/policy

local blocked = {mallory = true}
local db = database(function(sql, params)
  return {{blocked = blocked[params[1]] or false}}
end)
function pg.new() return db end

config('config.lua')

local function from(account)
  return mail{cgroup = '/hosting/' .. account .. '/cron', xattr = {['/hosting/' .. account] = {account = account}}}
end

test('a customer\'s mail goes out', function()
  local d = submit(from('alice'))
  assert.eq(d.action, 'connect 192.168.1.99:628')
  assert.eq(d.account, 'alice')
  assert.eq(d.headers, {['X-Account'] = 'alice'})
end)

test('a blocked customer\'s mail is rejected', function()
  assert.eq(submit(from('mallory')).action, 'reject mail is disabled for mallory')
end)

test('mail from nowhere is rejected', function()
  assert.eq(submit(mail{cgroup = '/system.slice/cron'}).kind, 'reject')
  assert.eq(submit(mail{}).kind, 'reject')
end)

test('bounces take another way', function()
  assert.eq(submit(mail{sender = ''}).target, '192.168.1.98:628')
end)

test('the database is asked once a minute', function()
  db.queries = {}
  submit(from('bob'))
  submit(from('bob'))
  assert.eq(#db.queries, 1)
  sleep(61)
  submit(from('bob'))
  assert.eq(#db.queries, 2)
end)

test('mail goes out when the database is down', function()
  db.execute = function() return nil, 'connection refused' end
  assert.eq(submit(from('carol')).kind, 'connect')
end)
