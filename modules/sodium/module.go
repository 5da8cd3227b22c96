package sodium

import (
	"crypto/rand"
	"encoding/hex"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
)

// maxRandom is the largest size of randombytes, as in the C++ daemon.
const maxRandom = 1 << 20

// Module returns the Lua module.
func Module() runtime.Module {
	return runtime.Module{
		Name: "sodium",
		Doc:  "Hexadecimal text, random bytes, sealed boxes and signatures, compatible with libsodium.",
		Funcs: []runtime.Func{
			{Name: "bin2hex", Fn: bin2hex,
				Sig: "sodium.bin2hex(data) -> hex",
				Doc: "Writes each byte as two lower-case hexadecimal digits."},
			{Name: "hex2bin", Fn: hex2bin,
				Sig: "sodium.hex2bin(hex) -> data, or nothing",
				Doc: "Reads hexadecimal digits of either case. Returns nothing if there is anything else, or half a byte."},
			{Name: "randombytes", Fn: randombytes,
				Sig: "sodium.randombytes(size) -> data",
				Doc: "Returns that many unpredictable bytes, 1 to 1048576."},
			{Name: "crypto_box_keypair", Fn: cryptoBoxKeypair,
				Sig: "sodium.crypto_box_keypair() -> pk, sk",
				Doc: "Makes a key pair for sealed boxes (X25519), 32 bytes each."},
			{Name: "crypto_box_seal", Fn: cryptoBoxSeal,
				Sig: "sodium.crypto_box_seal(message, pk) -> ciphertext, or nothing",
				Doc: "Encrypts message so that only the owner of pk can read it; the ciphertext is 48 bytes longer. Returns nothing if pk is a point of small order, for which there is no secret."},
			{Name: "crypto_box_seal_open", Fn: cryptoBoxSealOpen,
				Sig: "sodium.crypto_box_seal_open(ciphertext, pk, sk) -> message, or nothing",
				Doc: "Decrypts what crypto_box_seal made. Returns nothing if the key is another one or the ciphertext was changed; raises if it has less than 48 bytes."},
			{Name: "crypto_sign_keypair", Fn: cryptoSignKeypair,
				Sig: "sodium.crypto_sign_keypair() -> pk, sk",
				Doc: "Makes a key pair for signatures (Ed25519). pk has 32 bytes, sk 64: a seed, then pk."},
			{Name: "crypto_sign_detached", Fn: cryptoSignDetached,
				Sig: "sodium.crypto_sign_detached(message, sk) -> signature",
				Doc: "Signs message; the signature has 64 bytes and is the same each time."},
			{Name: "crypto_sign_verify_detached", Fn: cryptoSignVerifyDetached,
				Sig: "sodium.crypto_sign_verify_detached(signature, message, pk) -> true | false, or nothing",
				Doc: "Tells whether the owner of pk signed message. Returns nothing if the signature has not 64 bytes."},
			{Name: "crypto_scalarmult_base", Fn: cryptoScalarmultBase,
				Sig: "sodium.crypto_scalarmult_base(sk) -> pk",
				Doc: "Returns the public key that belongs to the secret key of a sealed box."},
		},
	}
}

// sodium.bin2hex(data) -> hex
func bin2hex(L *lua.LState) int {
	runtime.NArgs(L, 1, 1)
	data := runtime.String(L, 1)
	return pushBytes(L, hex.AppendEncode(nil, []byte(data)))
}

// sodium.hex2bin(hex) -> data, or nothing if it is no hex
func hex2bin(L *lua.LState) int {
	runtime.NArgs(L, 1, 1)
	data, err := hex.DecodeString(runtime.String(L, 1))
	if err != nil {
		return 0
	}
	return pushBytes(L, data)
}

// sodium.randombytes(size) -> data
func randombytes(L *lua.LState) int {
	runtime.NArgs(L, 1, 1)
	data := make([]byte, runtime.Int(L, 1, 1, maxRandom))
	rand.Read(data)
	return pushBytes(L, data)
}

// sodium.crypto_box_keypair() -> pk, sk
func cryptoBoxKeypair(L *lua.LState) int {
	runtime.NArgs(L, 0, 0)
	pk, sk := boxKeypair()
	return pushBytes(L, pk[:], sk[:])
}

// sodium.crypto_box_seal(message, pk) -> ciphertext, or nothing if pk is of small order
func cryptoBoxSeal(L *lua.LState) int {
	runtime.NArgs(L, 2, 2)
	message := runtime.String(L, 1)
	pk := key(L, 2, "public key", boxKeySize)
	ciphertext, ok := seal([]byte(message), (*[boxKeySize]byte)(pk))
	if !ok {
		return 0
	}
	return pushBytes(L, ciphertext)
}

// sodium.crypto_box_seal_open(ciphertext, pk, sk) -> message, or nothing if it does not open
func cryptoBoxSealOpen(L *lua.LState) int {
	runtime.NArgs(L, 3, 3)
	ciphertext := runtime.String(L, 1)
	if len(ciphertext) < sealOverhead {
		runtime.ArgError(L, 1, "malformed ciphertext: at least %d bytes expected, got %d", sealOverhead, len(ciphertext))
	}
	pk := key(L, 2, "public key", boxKeySize)
	sk := key(L, 3, "secret key", boxKeySize)
	message, ok := sealOpen([]byte(ciphertext), (*[boxKeySize]byte)(pk), (*[boxKeySize]byte)(sk))
	if !ok {
		return 0
	}
	return pushBytes(L, message)
}

// sodium.crypto_sign_keypair() -> pk, sk
func cryptoSignKeypair(L *lua.LState) int {
	runtime.NArgs(L, 0, 0)
	pk, sk := signKeypair()
	return pushBytes(L, pk, sk)
}

// sodium.crypto_sign_detached(message, sk) -> signature
func cryptoSignDetached(L *lua.LState) int {
	runtime.NArgs(L, 2, 2)
	message := runtime.String(L, 1)
	sk := key(L, 2, "secret key", signSecretKeySize)
	return pushBytes(L, sign([]byte(message), sk))
}

// sodium.crypto_sign_verify_detached(signature, message, pk) -> true | false, or nothing
// if the signature has the wrong size
func cryptoSignVerifyDetached(L *lua.LState) int {
	runtime.NArgs(L, 3, 3)
	signature := runtime.String(L, 1)
	message := runtime.String(L, 2)
	pk := key(L, 3, "public key", signPublicKeySize)
	if len(signature) != signatureSize {
		return 0
	}
	L.Push(lua.LBool(verify([]byte(signature), []byte(message), pk)))
	return 1
}

// sodium.crypto_scalarmult_base(sk) -> pk
func cryptoScalarmultBase(L *lua.LState) int {
	runtime.NArgs(L, 1, 1)
	pk := scalarmultBase((*[boxKeySize]byte)(key(L, 1, "secret key", boxKeySize)))
	return pushBytes(L, pk[:])
}

// key returns argument n, which must be a key of that many bytes.
func key(L *lua.LState, n int, what string, size int) []byte {
	s := runtime.String(L, n)
	if len(s) != size {
		runtime.ArgError(L, n, "malformed %s: %d bytes expected, got %d", what, size, len(s))
	}
	return []byte(s)
}

func pushBytes(L *lua.LState, values ...[]byte) int {
	for _, v := range values {
		L.Push(lua.LString(v))
	}
	return len(values)
}
