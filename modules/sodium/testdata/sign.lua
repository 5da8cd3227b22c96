local pk, sk = sodium.crypto_sign_keypair()
local function verify(...) return select('#', sodium.crypto_sign_verify_detached(...)), (sodium.crypto_sign_verify_detached(...)) end

--- a key pair
assert.eq({#pk, #sk}, {32, 64})
assert(sk:sub(33) == pk)
local pk2, sk2 = sodium.crypto_sign_keypair()
assert(pk ~= pk2 and sk ~= sk2)

--- a signature holds for its message and key
local sig = sodium.crypto_sign_detached('hello world', sk)
assert.eq(#sig, 64)
assert(sig == sodium.crypto_sign_detached('hello world', sk))
assert.eq({verify(sig, 'hello world', pk)}, {1, true})
assert.eq({verify(sig, 'hello worlD', pk)}, {1, false})
assert.eq({verify(sig, 'hello world\0', pk)}, {1, false})
assert.eq({verify(sig, 'hello world', (sodium.crypto_sign_keypair()))}, {1, false})

--- a changed signature does not
local sig = sodium.crypto_sign_detached('m', sk)
for i = 1, 64 do
  assert.eq({verify(sig:sub(1, i - 1) .. string.char((sig:byte(i) + 1) % 256) .. sig:sub(i + 1), 'm', pk)}, {1, false})
end
assert.eq({verify(('\0'):rep(64), 'm', pk)}, {1, false})

--- a signature of the wrong size is none at all
local sig = sodium.crypto_sign_detached('m', sk)
assert.eq(verify(sig:sub(1, 63), 'm', pk), 0)
assert.eq(verify(sig .. '\0', 'm', pk), 0)
assert.eq(verify('', 'm', pk), 0)

--- numbers count as their text
assert.eq(verify(sodium.crypto_sign_detached(42, sk), '42', pk), 1)
assert(sodium.crypto_sign_verify_detached(sodium.crypto_sign_detached('42', sk), 42, pk))

--- a signature made by libsodium
local pk = sodium.hex2bin('a2a14fb0087d33a8f75c01847f3d1ba753405fbe75a080e7ece07e6765ccfeab')
local sig = 'f8496d73877dcc5b9caf9364fbda7d2cb724486aecbafa756f4bc1fa630564965ca131f5e904bf5819a78a2576770024a5334330972a5193ddf860f2efc98d00'
assert.eq({verify(sodium.hex2bin(sig), 'hello world', pk)}, {1, true})

--- S plus the group order is refused
local pk = sodium.hex2bin('a2a14fb0087d33a8f75c01847f3d1ba753405fbe75a080e7ece07e6765ccfeab')
local sig = 'f8496d73877dcc5b9caf9364fbda7d2cb724486aecbafa756f4bc1fa63056496497527520468d1b0ef4382c85471df38a5334330972a5193ddf860f2efc98d10'
assert.eq({verify(sodium.hex2bin(sig), 'hello world', pk)}, {1, false})

--- the halves of a secret key need not match
local sig = sodium.crypto_sign_detached('m', ('\1'):rep(32) .. ('\2'):rep(32))
assert.eq(sodium.bin2hex(sig), 'fe700dffb59e8d759e8ce85fc01ed2f9d46a1612ee41950675337c9cac90d435aac0a18ddf75d18caf63ab2fbefb8d58fc53145fdd09c0e269688ffb14b66b06')
