local valid = {
  sign = {('k'):rep(64), {}, {}},
  verify = {('k'):rep(32), 'token'},
}

-- Calls jwt[name] with args, of which argument i is replaced by v.
local function call(name, args, i, v)
  local n = math.max(#args, i or 0)
  local a = {unpack(args)}
  if i then a[i] = v end
  return function() return jwt[name](unpack(a, 1, n)) end
end

--- every function has a valid call
for name in pairs(jwt) do call(name, valid[name])() end

--- too few and too many arguments
for name, args in pairs(valid) do
  assert.fails(jwt[name], 'jwt.' .. name .. ': expected ' .. #args .. ' arguments, got 0')
  assert.fails(call(name, args, #args + 1, 1), 'jwt.' .. name .. ': expected ' .. #args .. ' arguments, got ' .. #args + 1)
end

--- every argument of a wrong type
for name, args in pairs(valid) do
  for i, arg in ipairs(args) do
    local expected = type(arg)
    for _, v in ipairs{true, print, coroutine.create(print), io.stdout, expected == 'table' and 'x' or {}} do
      assert.fails(call(name, args, i, v), "bad argument #" .. i .. " to 'jwt." .. name .. "' %(" .. expected .. " expected, got ")
    end
    assert.fails(call(name, args, i, nil), "bad argument #" .. i .. " to 'jwt." .. name .. "' %(" .. expected .. " expected, got nil")
  end
end

--- keys of a wrong size
for _, n in ipairs{0, 31, 33, 63, 65, 10 * 1024 * 1024} do
  assert.fails(call('sign', valid.sign, 1, ('x'):rep(n)), "bad argument #1 to 'jwt.sign' %(malformed secret key: 64 bytes expected, got " .. n)
  assert.fails(call('verify', valid.verify, 1, ('x'):rep(n)), "bad argument #1 to 'jwt.verify' %(malformed public key: 32 bytes expected, got " .. n)
end

--- the arguments of sign in the order of another library
jwt.sign({}, ('k'):rep(64), {}) --> error: bad argument #1 to 'jwt.sign' (string expected, got table)
