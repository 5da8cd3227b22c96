config('config.lua')

local function a(fields) return submit(mail(fields), '/run/a') end
local function b(fields) return submit(mail(fields), '/run/b') end

test('a configuration has lost the start-up functions', function()
  assert.is_nil(qmqp_listen)
  assert.fails(function() config('config.lua') end, 'already')
end)

test('mails have defaults', function()
  local m = mail()
  assert.eq({m.sender, m.recipients, m.uid, m.gid, m.pid}, {'sender@example.com', {'recipient@example.com'}, 1000, 1000, 4711})
  assert.eq({m.cgroup, m.peer, m.account}, {})
  assert.eq(m:header('From'), 'sender@example.com')
  assert.eq(m:header('To'), 'recipient@example.com')
  assert.is_nil(m:get_mount_info('/'))
end)

test('mails have what they are given', function()
  local m = mail{sender = '', recipients = {'x@y.example', 'z@y.example'}, headers = {Subject = 'hello', To = 'list'}, body = 'x'}
  assert.eq(m.sender, '')
  assert.eq(#m.recipients, 2)
  assert.eq(m:header('Subject'), 'hello')
  assert.eq(m:header('To'), 'list')
  assert.eq(mail{message = '12345'}.size, 5)
  assert.eq(mail{recipients = 'x@y.example'}.recipients, {'x@y.example'})
end)

test('a decision tells everything', function()
  local d = a{uid = 7, cgroup = '/x', xattr = {owner = 'bob'}}
  assert.eq(d.action, 'connect 10.0.0.1:628')
  assert.eq({d.kind, d.target, d.account, d.sender}, {'connect', '10.0.0.1:628', 'bob', 'sender@example.com'})
  assert.eq(d.headers, {['X-UID'] = '7'})
  assert.eq(d.calls, {})
end)

test('headers and clients decide', function()
  assert.eq(a{headers = {Precedence = 'bulk'}}.action, 'discard')
  assert.eq(a{peer = '10.1.1.1:5'}.text, 'no mail from 10.1.1.1:5')
end)

test('sleeping costs no time', function()
  local before = os.time()
  local d = b{mounts = {['/home'] = {root = '/', filesystem = 'ext4', source = '/dev/sda1'}}}
  assert.eq(clock(), 30)
  assert(os.time() - before >= 30 and os.time() - before < 40)
  assert.eq(os.date('!%H:%M:%S', 0), '00:00:00')
  assert(os.date('!%Y-%m-%d %H:%M:%S') > os.date('!%Y-%m-%d %H:%M:%S', before))
  assert.eq({d.args, d.env, d.timeout}, {{'/dev/sda1'}, {'A=b'}, 5})
  assert.eq(d.calls[1].name, 'sleep')
  assert.eq(d.calls[2].name, 'pond:send')
end)

test('each test has a clock of its own', function()
  assert.eq(clock(), 0)
  sleep(0.5)
  assert.eq(clock(), 0.5)
  assert.fails(function() sleep(-1) end, '0 or more')
end)

test('the clock never goes back', function()
  local remembered = memoize(function() return os.time() end, {ttl = 60})
  local first = remembered()
  sleep(59)
  assert.eq(remembered(), first)
  sleep(1)
  assert(remembered() >= first + 60)
  latest = os.time()
end)

test('not even from test to test', function()
  assert(os.time() >= latest)
  assert.eq(clock(), 0)
  assert.fails(function() sleep(2^40) end, 'century')
end)

test('tests do not end the process', function()
  assert.fails(function() os.exit(true) end, 'os.exit%(true%): tests must not end the process')
end)

test('errors of handlers are raised', function()
  assert.fails(function() b{body = ('x'):rep(2000)} end, 'config.lua:%d+: too large')
end)

test('a fake database answers', function()
  local db = database{
    ['SELECT a'] = {{a = 1, b = true, 'first'}, {a = 2, b = false, 'second'}},
    ['SELECT f'] = function(params) if params[1] == 0 then return nil, 'down' end return {{f = params[1]}} end,
  }
  local r = db:execute('SELECT a')
  assert.eq(r:fetch(), {a = '1', b = 't'})
  assert.eq(r:fetch({}, 'n'), {'second'})
  assert.is_nil(r:fetch())
  for row in db:execute('SELECT f', {7}):rows() do assert.eq(row, {f = '7'}) end
  assert.eq({db:execute('SELECT f', {0})}, {nil, 'down'})
  assert.fails(function() db:execute('SELECT g') end, 'no answer for "SELECT g"')
  assert.eq(db.queries[1], {sql = 'SELECT a', params = {}})
  assert.eq(#db.queries, 4)
end)

test('a fake database notifies', function()
  local db, got = database{}, {}
  db:listen('news', function(payload) got[#got + 1] = payload end)
  assert.fails(function() db:listen('news', print) end, 'already listening')
  db:notify('news', 'x')
  assert(db:unlisten('news'))
  db:notify('news', 'y')
  assert.eq(got, {'x'})
  assert.eq(db:transaction(function(tx) return tx == db end), true)
end)

test('misuse is told', function()
  assert.fails(function() mail{colour = 'red'} end, 'unknown option "colour"')
  assert.fails(function() mail{uid = -1} end, 'option "uid": whole number')
  assert.fails(function() mail{uid = 2 ^ 32} end, 'option "uid": whole number')
  assert.fails(function() mail{peer = 'host'} end, 'option "peer"')
  assert.fails(function() mail{peer = '::1', uid = 1} end, 'has no uid')
  assert.fails(function() mail{cgroup = 'x'} end, 'begins with /')
  assert.fails(function() mail{xattr = {a = 'b'}} end, 'no cgroup')
  assert.fails(function() mail{mounts = {['/'] = 'x'}} end, 'option "mounts"')
  assert.fails(function() mail{recipients = {1}} end, 'strings expected')
  assert.fails(function() mail{sender = 'a b'} end, 'a b')
  assert.fails(function() submit(mail()) end, 'choose one: /run/a, /run/b')
  assert.fails(function() submit{} end, 'mail expected')
  assert.fails(function() submit(mail(), '/run/c') end, 'no listener "/run/c"')
  assert.fails('test()', 'expected 2 arguments')
end)
