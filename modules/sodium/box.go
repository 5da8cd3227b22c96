package sodium

import (
	"crypto/rand"

	"golang.org/x/crypto/curve25519"
	"golang.org/x/crypto/nacl/box"
)

// Sizes in bytes of what the box functions take and return, as libsodium's
// crypto_box_PUBLICKEYBYTES, crypto_box_SECRETKEYBYTES and crypto_box_SEALBYTES.
const (
	boxKeySize   = 32
	sealOverhead = box.AnonymousOverhead
)

// boxKeypair returns a new X25519 key pair.
func boxKeypair() (pk, sk [boxKeySize]byte) {
	rand.Read(sk[:]) // never fails: the program ends if the kernel has no randomness
	curve25519.ScalarBaseMult(&pk, &sk)
	return pk, sk
}

// scalarmultBase returns the X25519 public key of the secret key sk.
func scalarmultBase(sk *[boxKeySize]byte) (pk [boxKeySize]byte) {
	curve25519.ScalarBaseMult(&pk, sk)
	return pk
}

// seal encrypts message to the owner of pk. It fails like libsodium if pk is a
// point of small order: everybody knows the secret that such a key agrees on.
func seal(message []byte, pk *[boxKeySize]byte) (ciphertext []byte, ok bool) {
	if isSmallOrderX25519(pk) {
		return nil, false
	}
	ciphertext, err := box.SealAnonymous(nil, message, pk, rand.Reader)
	return ciphertext, err == nil
}

// sealOpen decrypts what seal made. Like libsodium it refuses a ciphertext whose
// ephemeral key is a point of small order: anybody can make one that would open
// with every secret key.
func sealOpen(ciphertext []byte, pk, sk *[boxKeySize]byte) (message []byte, ok bool) {
	if len(ciphertext) < sealOverhead || isSmallOrderX25519((*[boxKeySize]byte)(ciphertext)) {
		return nil, false
	}
	return box.OpenAnonymous(nil, ciphertext, pk, sk)
}
