// Package sodium is the Lua module "sodium": the part of libsodium that scripts
// use, byte for byte compatible with it both ways, including what it refuses.
//
//	sodium.bin2hex(data) -> hex
//	sodium.hex2bin(hex) -> data, or nothing if it is no hex
//	sodium.randombytes(size) -> data
//	sodium.crypto_box_keypair() -> pk, sk
//	sodium.crypto_box_seal(message, pk) -> ciphertext, or nothing
//	sodium.crypto_box_seal_open(ciphertext, pk, sk) -> message, or nothing
//	sodium.crypto_sign_keypair() -> pk, sk
//	sodium.crypto_sign_detached(message, sk) -> signature
//	sodium.crypto_sign_verify_detached(signature, message, pk) -> true | false, or nothing
//	sodium.crypto_scalarmult_base(sk) -> pk
//
// Keys and signatures are strings of bytes. A wrong size raises, save that of a
// signature to verify, which comes from outside. None of the functions waits.
package sodium
