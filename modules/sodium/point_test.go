package sodium

import (
	"bytes"
	"crypto/rand"
	"slices"
	"testing"

	"filippo.io/edwards25519"
	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/curve25519"
	"golang.org/x/crypto/nacl/box"
)

// torsion returns the eight points of small order: the multiples of a point of
// order 8, found by taking the prime-order part away from any point of the curve.
func torsion(t testing.TB) [8]*edwards25519.Point {
	t.Helper()
	// The group order L is 0 as a scalar, so L*P is computed as (L-1)*P + P.
	minusOne := edwards25519.NewScalar().Negate(scalar(1))
	for y := byte(2); y < 255; y++ {
		p, err := new(edwards25519.Point).SetBytes(append([]byte{y}, make([]byte, 31)...))
		if err != nil {
			continue // not on the curve
		}
		gen := new(edwards25519.Point).ScalarMult(minusOne, p)
		gen.Add(gen, p)
		var points [8]*edwards25519.Point
		points[0] = edwards25519.NewIdentityPoint()
		for i := 1; i < 8; i++ {
			points[i] = new(edwards25519.Point).Add(points[i-1], gen)
		}
		if points[4].Equal(points[0]) == 0 {
			return points
		}
	}
	t.Fatal("no point of order 8 found")
	panic("unreachable")
}

func scalar(n uint64) *edwards25519.Scalar {
	b := make([]byte, 32)
	for i := range 8 {
		b[i] = byte(n >> (8 * i))
	}
	s, err := edwards25519.NewScalar().SetCanonicalBytes(b)
	if err != nil {
		panic(err)
	}
	return s
}

// encodings returns all ways to write a point of small order: both sign bits, and
// y+p where that fits into 255 bits.
func encodings(p *edwards25519.Point) (all [][32]byte) {
	y := [32]byte(p.Bytes())
	y[31] &= 0x7f
	all = append(all, y)
	if y[0] < 19 && bytes.Equal(y[1:], make([]byte, 31)) {
		all = append(all, nearPrime(0xed+y[0]))
	}
	for _, y := range slices.Clone(all) {
		y[31] |= 0x80
		all = append(all, y)
	}
	return all
}

func TestSmallOrderEd25519(t *testing.T) {
	var found [][32]byte
	for _, p := range torsion(t) {
		for _, e := range encodings(p) {
			if !isSmallOrderEd25519(&e) {
				t.Errorf("%x is not refused", e)
			}
			e[31] &= 0x7f
			if !slices.Contains(found, e) {
				found = append(found, e)
			}
		}
	}
	if len(found) != len(smallOrderEd25519) {
		t.Errorf("the curve has %d encodings of small order, the list %d", len(found), len(smallOrderEd25519))
	}
	if base := [32]byte(edwards25519.NewGeneratorPoint().Bytes()); isSmallOrderEd25519(&base) {
		t.Error("the base point is refused")
	}
}

func TestSmallOrderX25519(t *testing.T) {
	var sk [32]byte
	rand.Read(sk[:])
	for _, u := range smallOrderX25519 {
		if secret, err := curve25519.X25519(sk[:], u[:]); err == nil {
			t.Errorf("%x agrees on %x", u, secret)
		}
	}
	for _, p := range torsion(t) {
		if u := [32]byte(p.BytesMontgomery()); !isSmallOrderX25519(&u) {
			t.Errorf("%x is not refused", u)
		}
	}
	if base := ([32]byte{9}); isSmallOrderX25519(&base) {
		t.Error("the base point is refused")
	}
}

func TestIsCanonicalEd25519(t *testing.T) {
	for low := range 256 {
		n := nearPrime(byte(low))
		if got, want := isCanonicalEd25519(&n), low < 0xed; got != want {
			t.Errorf("isCanonicalEd25519(%x) = %v", n, got)
		}
		n[31] |= 0x80
		if got, want := isCanonicalEd25519(&n), low < 0xed; got != want {
			t.Errorf("isCanonicalEd25519(%x) = %v", n, got)
		}
		n[17] = 0
		if !isCanonicalEd25519(&n) {
			t.Errorf("isCanonicalEd25519(%x) = false", n)
		}
	}
}

// forgeBox makes the sealed box that everybody can make who announces an
// ephemeral key of small order: the secret is the same for every key.
func forgeBox(ephemeral, pk *[32]byte, message []byte) []byte {
	h, err := blake2b.New(24, nil)
	if err != nil {
		panic(err)
	}
	h.Write(ephemeral[:])
	h.Write(pk[:])
	var anySecretKey [32]byte
	return box.Seal(ephemeral[:], message, (*[24]byte)(h.Sum(nil)), ephemeral, &anySecretKey)
}
