--- the examples of the C++ daemon's manual
bin = sodium.hex2bin("deadbeef")
hex = sodium.bin2hex("A\0\xff")
assert.eq(bin, '\xde\xad\xbe\xef')
assert.eq(hex, '4100ff')

key = sodium.randombytes(32)
assert.eq(#key, 32)

pk, sk = sodium.crypto_box_keypair()
ciphertext = sodium.crypto_box_seal('hello world', pk)
message = sodium.crypto_box_seal_open(ciphertext, pk, sk)
assert.eq(message, 'hello world')

pk = sodium.crypto_scalarmult_base(sk)
assert.eq(sodium.crypto_box_seal_open(ciphertext, pk, sk), 'hello world')

pk, sk = sodium.crypto_sign_keypair()
m = 'hello world'
sig = sodium.crypto_sign_detached(m, sk)
valid = sodium.crypto_sign_verify_detached(sig, m, pk)
assert.eq(valid, true)
