local function unhex(s) return (s:gsub('%x%x', function(h) return string.char(tonumber(h, 16)) end)) end
local pk = unhex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
local sk = unhex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60') .. pk
local now = os.time()

--- payload and header come back
local payload, header = jwt.verify(pk, jwt.sign(sk, {kid = 'foo'}, {iss = 'joe', exp = now + 60, nbf = now - 60}))
assert.eq(payload, {iss = 'joe', exp = now + 60, nbf = now - 60})
assert.eq(header, {alg = 'EdDSA', typ = 'JWT', kid = 'foo'})

--- an expired token
local payload, err = jwt.verify(pk, jwt.sign(sk, {}, {exp = now - 1}))
assert.is_nil(payload)
assert.contains(err, 'token is expired')

--- a token of the future
local payload, err = jwt.verify(pk, jwt.sign(sk, {}, {nbf = now + 60}))
assert.is_nil(payload)
assert.contains(err, 'token is not valid yet')

--- another key
local payload, err = jwt.verify(('k'):rep(32), jwt.sign(sk, {}, {}))
assert.is_nil(payload)
assert.contains(err, 'token signature is invalid')

--- a changed token
local token = jwt.sign(sk, {}, {sub = 'me'})
for i = 1, #token do
  local c = token:sub(i, i) == 'A' and 'B' or 'A'
  local payload, err = jwt.verify(pk, token:sub(1, i - 1) .. c .. token:sub(i + 1))
  assert.is_nil(payload)
  assert(type(err) == 'string')
end

--- another algorithm
local payload, err = jwt.verify(pk, 'eyJhbGciOiJub25lIn0.e30.')
assert.is_nil(payload)
assert.eq(err, 'header: algorithm "none" is not accepted, only EdDSA')

--- what is no token
for _, s in ipairs{'', '.', '..', 'a.b.c', 42, ('\0'):rep(100), ('x'):rep(10 * 1024 * 1024), ('.'):rep(10 * 1024 * 1024)} do
  local payload, err = jwt.verify(pk, s)
  assert.is_nil(payload)
  assert(#err < 200)
end
