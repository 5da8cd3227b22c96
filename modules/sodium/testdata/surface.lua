--- the names in the module
local names = {}
for name, value in pairs(sodium) do
  assert.eq(type(value), 'function')
  names[#names + 1] = name
end
table.sort(names)
assert.eq(names, {
  'bin2hex',
  'crypto_box_keypair',
  'crypto_box_seal',
  'crypto_box_seal_open',
  'crypto_scalarmult_base',
  'crypto_sign_detached',
  'crypto_sign_keypair',
  'crypto_sign_verify_detached',
  'hex2bin',
  'randombytes',
})

--- it can be required
assert(require('sodium') == sodium)
