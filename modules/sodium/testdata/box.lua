local pk, sk = sodium.crypto_box_keypair()
local function open(...) return select('#', sodium.crypto_box_seal_open(...)), (sodium.crypto_box_seal_open(...)) end

--- a key pair
assert.eq({#pk, #sk}, {32, 32})
local pk2, sk2 = sodium.crypto_box_keypair()
assert(pk ~= pk2 and sk ~= sk2 and pk ~= sk)
assert(sodium.crypto_scalarmult_base(sk) == pk)

--- a sealed box can be opened with the secret key
for _, m in ipairs{'', 'x', 'hello world', 'a\0b\255', ('y'):rep(100000)} do
  local c = sodium.crypto_box_seal(m, pk)
  assert.eq(#c, #m + 48)
  assert(sodium.crypto_box_seal_open(c, pk, sk) == m)
  assert(sodium.crypto_box_seal(m, pk) ~= c)
end

--- numbers count as their text
assert.eq(sodium.crypto_box_seal_open(sodium.crypto_box_seal(42, pk), pk, sk), '42')

--- another key opens nothing
local pk2, sk2 = sodium.crypto_box_keypair()
local c = sodium.crypto_box_seal('secret', pk)
assert.eq({open(c, pk, sk)}, {1, 'secret'})
assert.eq(open(c, pk2, sk2), 0)
assert.eq(open(c, pk, sk2), 0)
assert.eq(open(c, pk2, sk), 0)

--- a changed box cannot be opened
local c = sodium.crypto_box_seal('secret', pk)
for i = 1, #c do
  assert.eq(open(c:sub(1, i - 1) .. string.char((c:byte(i) + 1) % 256) .. c:sub(i + 1), pk, sk), 0)
end
assert.eq(open(c:sub(1, -2), pk, sk), 0)
assert.eq(open(c .. 'x', pk, sk), 0)
assert.eq(open(('\0'):rep(48), pk, sk), 0)

--- a box made by libsodium
local sk = '0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20'
local pk = '07a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0b2b86d1c7c'
local c = 'bba22647922e63eac3b038bc932a7402736cebbd39c72f2d71e4f02814ae822b85783166720d650c3e298c6f87cf9f1ef831a55c1d6277be94a2f8'
assert.eq(sodium.crypto_box_seal_open(sodium.hex2bin(c), sodium.hex2bin(pk), sodium.hex2bin(sk)), 'hello world')

--- nobody can seal for a point of small order
assert.eq(select('#', sodium.crypto_box_seal('secret', ('\0'):rep(32))), 0)
assert.eq(select('#', sodium.crypto_box_seal('secret', '\1' .. ('\0'):rep(31))), 0)

--- public keys of unusual secret keys
local function base(hex) return sodium.bin2hex(sodium.crypto_scalarmult_base(sodium.hex2bin(hex))) end
assert.eq(base(('00'):rep(32)), '2fe57da347cd62431528daac5fbb290730fff684afc4cfc2ed90995f58cb3b74')
assert.eq(base(('ff'):rep(32)), '847c0d2c375234f365e660955187a3735a0f7613d1609d3a6a4d8c53aeaa5a22')
