local key32, key64 = ('k'):rep(32), ('k'):rep(64)

-- A valid call of each function.
local valid = {
  bin2hex = {'x'},
  hex2bin = {'78'},
  randombytes = {1},
  crypto_box_keypair = {},
  crypto_box_seal = {'m', key32},
  crypto_box_seal_open = {('c'):rep(48), key32, key32},
  crypto_sign_keypair = {},
  crypto_sign_detached = {'m', key64},
  crypto_sign_verify_detached = {key64, 'm', key32},
  crypto_scalarmult_base = {key32},
}

-- Calls sodium[name] with args, of which argument i is replaced by v.
local function call(name, args, i, v)
  local n = math.max(#args, i or 0)
  local a = {unpack(args)}
  if i then a[i] = v end
  return function() return sodium[name](unpack(a, 1, n)) end
end

--- every function has a valid call
for name in pairs(sodium) do
  assert(valid[name], name)
  call(name, valid[name])()
end

--- too few and too many arguments
for name, args in pairs(valid) do
  assert.fails(call(name, args, #args + 1, 1), 'sodium.' .. name .. ': expected .*, got ' .. #args + 1)
  assert.fails(call(name, args, #args + 1, nil), 'sodium.' .. name .. ': expected .*, got ' .. #args + 1)
  if #args > 0 then
    assert.fails(sodium[name], 'sodium.' .. name .. ': expected .*, got 0')
  end
end

--- every argument of a wrong type
local wrong = {boolean = true, table = {}, ['function'] = print, userdata = io.stdout}
for name, args in pairs(valid) do
  for i = 1, #args do
    for _, v in pairs(wrong) do
      assert.fails(call(name, args, i, v), "bad argument #" .. i .. " to 'sodium." .. name .. "' %(%a+ expected, got ")
    end
    assert.fails(call(name, args, i, nil), "bad argument #" .. i .. " to 'sodium." .. name .. "' %(%a+ expected, got nil%)")
  end
end

--- keys of a wrong size
local keys = {
  {'crypto_box_seal', 2, 'public key', 32},
  {'crypto_box_seal_open', 2, 'public key', 32},
  {'crypto_box_seal_open', 3, 'secret key', 32},
  {'crypto_sign_detached', 2, 'secret key', 64},
  {'crypto_sign_verify_detached', 3, 'public key', 32},
  {'crypto_scalarmult_base', 1, 'secret key', 32},
}
for _, k in ipairs(keys) do
  local name, i, what, size = unpack(k)
  for _, n in ipairs{0, 31, 33, 63, 65, 10 * 1024 * 1024} do
    assert.fails(call(name, valid[name], i, ('x'):rep(n)),
      "bad argument #" .. i .. " to 'sodium." .. name .. "' %(malformed " .. what .. ": " .. size .. " bytes expected, got " .. n)
  end
end

--- the key is checked even if the signature has the wrong size
sodium.crypto_sign_verify_detached('x', 'm', 'y') --> error: bad argument #3 to 'sodium.crypto_sign_verify_detached' (malformed public key: 32 bytes expected, got 1)

--- a ciphertext that is too short
sodium.crypto_box_seal_open(('x'):rep(47), key32, key32) --> error: bad argument #1 to 'sodium.crypto_box_seal_open' (malformed ciphertext: at least 48 bytes expected, got 47)

--- sizes of randombytes
for _, n in ipairs{0, -1, 1048577, 1.5, 1/0, -1/0, 0/0, '', 'x'} do
  assert.fails(function() sodium.randombytes(n) end, "bad argument #1 to 'sodium.randombytes'")
end
assert.fails(function() sodium.randombytes(1048577) end, 'whole number from 1 to 1048576 expected, got 1048577')

--- strings of 10 MB, and with NUL
local big = ('\0'):rep(10 * 1024 * 1024)
assert.eq(#sodium.bin2hex(big), 2 * #big)
assert.eq(select('#', sodium.hex2bin(big)), 0)
assert.eq(#sodium.crypto_box_seal(big, key32), #big + 48)
assert.eq(select('#', sodium.crypto_box_seal_open(big, key32, key32)), 0)
assert.eq(#sodium.crypto_sign_detached(big, key64), 64)
assert.eq(select('#', sodium.crypto_sign_verify_detached(big, big, key32)), 0)
assert.fails(function() sodium.randombytes(big) end, "bad argument #1 to 'sodium.randombytes'")
