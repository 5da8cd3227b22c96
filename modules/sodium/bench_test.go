package sodium

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"testing"

	"golang.org/x/crypto/nacl/box"

	"qrelay/runtime"
)

// Each function as Lua calls it, next to the bare call that does its work: what
// the module adds must stay small (a third at most).

const benchMessage = "from=<sender@example.com> to=<recipient@example.com>"

func benchmarkLua(b *testing.B, setup, call string) {
	rt, err := runtime.New(runtime.Config{Modules: []runtime.Module{Module()}})
	if err != nil {
		b.Fatal(err)
	}
	defer rt.Close()
	if err := rt.DoString(b.Context(), "setup", fmt.Sprintf("m = %q\n%s", benchMessage, setup)); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	b.ReportAllocs()
	if err := rt.DoString(b.Context(), "bench", fmt.Sprintf("for i = 1, %d do %s end", b.N, call)); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkSign(b *testing.B) {
	b.Run("lua", func(b *testing.B) {
		benchmarkLua(b, "pk, sk = sodium.crypto_sign_keypair()", "sodium.crypto_sign_detached(m, sk)")
	})
	b.Run("bare", func(b *testing.B) {
		_, sk, _ := ed25519.GenerateKey(nil)
		for b.Loop() {
			ed25519.Sign(sk, []byte(benchMessage))
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	b.Run("lua", func(b *testing.B) {
		benchmarkLua(b, "pk, sk = sodium.crypto_sign_keypair() sig = sodium.crypto_sign_detached(m, sk)",
			"sodium.crypto_sign_verify_detached(sig, m, pk)")
	})
	b.Run("bare", func(b *testing.B) {
		pk, sk, _ := ed25519.GenerateKey(nil)
		sig := ed25519.Sign(sk, []byte(benchMessage))
		for b.Loop() {
			ed25519.Verify(pk, []byte(benchMessage), sig)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	b.Run("lua", func(b *testing.B) {
		benchmarkLua(b, "pk, sk = sodium.crypto_box_keypair()", "sodium.crypto_box_seal(m, pk)")
	})
	b.Run("bare", func(b *testing.B) {
		pk, _, _ := box.GenerateKey(rand.Reader)
		for b.Loop() {
			box.SealAnonymous(nil, []byte(benchMessage), pk, rand.Reader)
		}
	})
}

func BenchmarkSealOpen(b *testing.B) {
	b.Run("lua", func(b *testing.B) {
		benchmarkLua(b, "pk, sk = sodium.crypto_box_keypair() c = sodium.crypto_box_seal(m, pk)", "sodium.crypto_box_seal_open(c, pk, sk)")
	})
	b.Run("bare", func(b *testing.B) {
		pk, sk, _ := box.GenerateKey(rand.Reader)
		c, _ := box.SealAnonymous(nil, []byte(benchMessage), pk, rand.Reader)
		for b.Loop() {
			box.OpenAnonymous(nil, c, pk, sk)
		}
	})
}
