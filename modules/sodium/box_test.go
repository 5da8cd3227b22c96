package sodium

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"testing"

	"golang.org/x/crypto/nacl/box"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// newRand returns a source of test data and logs how to get the same again.
func newRand(t testing.TB) *rand.Rand {
	t.Helper()
	a, b := rand.Uint64(), rand.Uint64()
	t.Logf("rand.NewPCG(%d, %d)", a, b)
	return rand.New(rand.NewPCG(a, b))
}

func randomBytes(r *rand.Rand, size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// randomMessage is empty, short or up to 4 KiB, each often enough to matter.
func randomMessage(r *rand.Rand) []byte {
	return randomBytes(r, r.IntN([]int{1, 80, 300, 4097}[r.IntN(4)]))
}

// RFC 7748 section 6.1.
func TestScalarmultBaseVectors(t *testing.T) {
	for _, v := range []struct{ sk, pk string }{
		{"77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a", "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"},
		{"5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb", "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"},
	} {
		if pk := scalarmultBase((*[32]byte)(unhex(t, v.sk))); hex.EncodeToString(pk[:]) != v.pk {
			t.Errorf("scalarmultBase(%s) = %x, want %s", v.sk, pk, v.pk)
		}
	}
}

func TestBoxKeypairsOfLibsodium(t *testing.T) {
	lib, r := newLibsodium(t), newRand(t)
	for range 1000 {
		sk := (*[32]byte)(randomBytes(r, 32))
		if pk, want := scalarmultBase(sk), lib.must("base", sk[:]); !bytes.Equal(pk[:], want) {
			t.Fatalf("scalarmultBase(%x) = %x, libsodium has %x", *sk, pk, want)
		}
	}
	pk, sk := boxKeypair()
	if want := lib.must("base", sk[:]); !bytes.Equal(pk[:], want) {
		t.Errorf("boxKeypair() = %x, %x; libsodium has the public key %x", pk, sk, want)
	}
}

func TestLibsodiumOpensOurBoxes(t *testing.T) {
	lib, r := newLibsodium(t), newRand(t)
	for range 1000 {
		pk, sk := boxKeypair()
		message := randomMessage(r)
		ciphertext, ok := seal(message, &pk)
		if !ok || len(ciphertext) != len(message)+sealOverhead {
			t.Fatalf("seal(%x, %x) = %x, %v", message, pk, ciphertext, ok)
		}
		if got := lib.must("open", ciphertext, pk[:], sk[:]); !bytes.Equal(got, message) {
			t.Fatalf("libsodium opens %x as %x, want %x", ciphertext, got, message)
		}
	}
}

func TestOpensBoxesOfLibsodium(t *testing.T) {
	lib, r := newLibsodium(t), newRand(t)
	for range 1000 {
		pair := lib.must("boxpair")
		pk, sk := (*[32]byte)(pair), (*[32]byte)(pair[32:])
		message := randomMessage(r)
		ciphertext := lib.must("seal", message, pk[:])
		if got, ok := sealOpen(ciphertext, pk, sk); !ok || !bytes.Equal(got, message) {
			t.Fatalf("sealOpen(%x) = %x, %v, want %x", ciphertext, got, ok, message)
		}
		ciphertext[r.IntN(len(ciphertext))] ^= 1 << r.IntN(8)
		got, ok := sealOpen(ciphertext, pk, sk)
		if _, want := lib.call("open", ciphertext, pk[:], sk[:]); ok != want {
			t.Fatalf("sealOpen(%x) of a changed box = %x, %v, libsodium says %v", ciphertext, got, ok, want)
		}
	}
}

// Each of these keys agrees with any other on the secret zero, so that anybody
// could open, or make, the box.
func TestBoxesRefuseSmallOrder(t *testing.T) {
	lib := newLibsodium(t)
	pk, sk := boxKeypair()
	for _, u := range smallOrderX25519 {
		for _, top := range []byte{0, 0x80} {
			point := u
			point[31] |= top
			if c, ok := seal([]byte("secret"), &point); ok {
				t.Errorf("seal to %x = %x", point, c)
			}
			if _, ok := lib.call("seal", []byte("secret"), point[:]); ok {
				t.Errorf("libsodium seals to %x", point)
			}
			forged := forgeBox(&point, &pk, []byte("forged"))
			if _, ok := box.OpenAnonymous(nil, forged, &pk, &sk); !ok {
				t.Errorf("the box forged with %x proves nothing", point)
			}
			if m, ok := sealOpen(forged, &pk, &sk); ok {
				t.Errorf("sealOpen with the ephemeral key %x = %q", point, m)
			}
			if _, ok := lib.call("open", forged, pk[:], sk[:]); ok {
				t.Errorf("libsodium opens a box with the ephemeral key %x", point)
			}
		}
	}
}

func TestSealOpenTooShort(t *testing.T) {
	pk, sk := boxKeypair()
	for size := range sealOverhead {
		if m, ok := sealOpen(make([]byte, size), &pk, &sk); ok {
			t.Errorf("sealOpen of %d bytes = %q", size, m)
		}
	}
}
