package sodium

import (
	"bytes"
	"crypto/sha512"
	"encoding/hex"
	"testing"

	"filippo.io/edwards25519"
)

// RFC 8032 section 7.1: TEST 1, 2, 3 and SHA(abc).
func TestSignVectors(t *testing.T) {
	for _, v := range []struct{ seed, pk, message, sig string }{
		{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
			"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
		{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
			"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
		{"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
			"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
		{"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42", "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
			"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
			"dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"},
	} {
		pk, message := unhex(t, v.pk), unhex(t, v.message)
		sig := sign(message, unhex(t, v.seed+v.pk))
		if hex.EncodeToString(sig) != v.sig {
			t.Errorf("sign(%s) = %x, want %s", v.message, sig, v.sig)
		}
		if !verify(sig, message, pk) {
			t.Errorf("verify(%x) = false", sig)
		}
	}
}

func TestLibsodiumVerifiesOurSignatures(t *testing.T) {
	lib, r := newLibsodium(t), newRand(t)
	for range 1000 {
		pk, sk := signKeypair()
		message := randomMessage(r)
		sig := sign(message, sk)
		if !bytes.Equal(sig, lib.must("sign", message, sk)) {
			t.Fatalf("sign(%x, %x) = %x, libsodium makes another one", message, sk, sig)
		}
		lib.must("verify", sig, message, pk)
	}
}

func TestVerifiesSignaturesOfLibsodium(t *testing.T) {
	lib, r := newLibsodium(t), newRand(t)
	for range 1000 {
		pair := lib.must("signpair")
		pk, sk := pair[:32], pair[32:]
		message := randomMessage(r)
		sig := lib.must("sign", message, sk)
		if !verify(sig, message, pk) {
			t.Fatalf("verify(%x, %x, %x) = false", sig, message, pk)
		}
		sig[r.IntN(len(sig))] ^= 1 << r.IntN(8)
		if verify(sig, message, pk) {
			t.Fatalf("verify(%x, %x, %x) = true for a changed signature", sig, message, pk)
		}
	}
}

// Like libsodium, sign does not check that the halves of a secret key match.
func TestSignWithForeignPublicHalf(t *testing.T) {
	lib := newLibsodium(t)
	sk := append(bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)...)
	if sig := sign([]byte("m"), sk); !bytes.Equal(sig, lib.must("sign", []byte("m"), sk)) {
		t.Errorf("sign = %x, libsodium makes another one", sig)
	}
}

// Signatures that hold for some verifiers only: keys and Rs that carry a point of
// small order, in all encodings, with R adapted so that the cofactorless equation
// comes out for one message in eight. Whatever libsodium thinks of them is right.
func TestVerifyAgreesOnHostileSignatures(t *testing.T) {
	lib, r := newLibsodium(t), newRand(t)
	small := torsion(t)
	var accepted, refused int
	for round := range 40 {
		a := must(edwards25519.NewScalar().SetUniformBytes(randomBytes(r, 64)))
		for i, pks := range hostileKeys(t, a) {
			for _, pk := range pks {
				message, nonce := randomMessage(r), edwards25519.NewScalar()
				if round%4 != 0 {
					nonce = must(nonce.SetUniformBytes(randomBytes(r, 64)))
				}
				sig := hostileSignature(a, nonce, small[r.IntN(8)], pk, message)
				got := verify(sig, message, pk)
				if _, want := lib.call("verify", sig, message, pk); got != want {
					t.Fatalf("verify(%x, %x, %x) = %v for key %d, libsodium says %v", sig, message, pk, got, i, want)
				}
				if got {
					accepted++
				} else {
					refused++
				}
			}
		}
	}
	if accepted == 0 || refused == 0 {
		t.Errorf("%d accepted, %d refused: the test proves nothing", accepted, refused)
	}
}

func TestVerifyRefusesNonCanonicalS(t *testing.T) {
	lib := newLibsodium(t)
	pk, sk := signKeypair()
	sig := sign([]byte("m"), sk)
	addOrder(sig[32:])
	if verify(sig, []byte("m"), pk) {
		t.Errorf("verify(%x) = true with S plus the group order", sig)
	}
	if _, ok := lib.call("verify", sig, []byte("m"), pk); ok {
		t.Error("libsodium accepts S plus the group order")
	}
}

// hostileKeys returns the encodings of a*B + T and of T alone for each T of small
// order, and encodings that are not canonical or not on the curve.
func hostileKeys(t testing.TB, a *edwards25519.Scalar) (keys [][][]byte) {
	A := new(edwards25519.Point).ScalarBaseMult(a)
	for _, T := range torsion(t) {
		pks := [][]byte{new(edwards25519.Point).Add(A, T).Bytes()}
		for _, e := range encodings(T) {
			pks = append(pks, e[:])
		}
		keys = append(keys, pks)
	}
	var wild [][]byte
	for low := 0xec; low <= 0xff; low++ {
		n := nearPrime(byte(low))
		wild = append(wild, n[:])
	}
	return append(keys, wild)
}

// hostileSignature makes a signature with R = r*B + T and S = r + h*a: it holds
// in the equation that multiplies by the cofactor, and in the one that does not
// if the small-order parts of R and of h times the public key cancel out. With r
// zero, R is of small order. It needs no valid pk.
func hostileSignature(a, r *edwards25519.Scalar, T *edwards25519.Point, pk, message []byte) []byte {
	R := new(edwards25519.Point).ScalarBaseMult(r)
	sig := R.Add(R, T).Bytes()
	h := sha512.New()
	h.Write(sig)
	h.Write(pk)
	h.Write(message)
	k := must(edwards25519.NewScalar().SetUniformBytes(h.Sum(nil)))
	return append(sig, edwards25519.NewScalar().MultiplyAdd(k, a, r).Bytes()...)
}

// addOrder adds the order of the group, 2^252 + 27742317777372353535851937790883648493.
func addOrder(s []byte) {
	order := []byte{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10}
	carry := 0
	for i := range s {
		carry += int(s[i]) + int(order[i])
		s[i] = byte(carry)
		carry >>= 8
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
