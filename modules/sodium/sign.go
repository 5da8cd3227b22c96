package sodium

import (
	"crypto/ed25519"
	"crypto/rand"
)

// Sizes in bytes of what the signing functions take and return, as libsodium's
// crypto_sign_PUBLICKEYBYTES, crypto_sign_SECRETKEYBYTES and crypto_sign_BYTES.
const (
	signPublicKeySize = ed25519.PublicKeySize
	signSecretKeySize = ed25519.PrivateKeySize
	signatureSize     = ed25519.SignatureSize
)

// signKeypair returns a new Ed25519 key pair; the secret key is the seed
// followed by the public key, which is libsodium's form and Go's.
func signKeypair() (pk, sk []byte) {
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed) // never fails: the program ends if the kernel has no randomness
	sk = ed25519.NewKeyFromSeed(seed)
	return sk[ed25519.SeedSize:], sk
}

// sign makes an Ed25519 signature (RFC 8032, deterministic). It believes the
// public half of sk without checking it, as libsodium does.
func sign(message, sk []byte) []byte {
	return ed25519.Sign(sk, message)
}

// verify reports whether libsodium would accept sig. crypto/ed25519 checks the
// same cofactorless equation and refuses a non-canonical S, and since it compares
// the encoding of R, a non-canonical R too; libsodium in addition refuses public
// keys that are not canonical or of small order, and an R of small order, with
// which one signature can hold for many messages.
func verify(sig, message, pk []byte) bool {
	if isSmallOrderEd25519((*[32]byte)(sig)) ||
		isSmallOrderEd25519((*[32]byte)(pk)) || !isCanonicalEd25519((*[32]byte)(pk)) {
		return false
	}
	return ed25519.Verify(pk, message, sig)
}
