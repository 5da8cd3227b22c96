package jwt

import (
	"crypto/ed25519"
	"fmt"
	"testing"

	"qrelay/runtime"
)

// Tokens as Lua makes and checks them, next to the bare signature.

func benchmarkLua(b *testing.B, call string) {
	_, sk := testKey(b)
	rt, err := runtime.New(runtime.Config{Modules: []runtime.Module{Module()}})
	if err != nil {
		b.Fatal(err)
	}
	defer rt.Close()
	if err := rt.DoString(b.Context(), "setup", fmt.Sprintf(`
		sk = (%q):gsub('%%x%%x', function(h) return string.char(tonumber(h, 16)) end)
		pk, header, payload = sk:sub(33), {kid = 'foo'}, {iss = 'joe', exp = os.time() + 3600}
		token = jwt.sign(sk, header, payload)`, fmt.Sprintf("%x", []byte(sk)))); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	if err := rt.DoString(b.Context(), "bench", fmt.Sprintf("for i = 1, %d do assert(%s) end", b.N, call)); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkSign(b *testing.B) {
	b.Run("lua", func(b *testing.B) { benchmarkLua(b, "jwt.sign(sk, header, payload)") })
	b.Run("bare", func(b *testing.B) {
		_, sk := testKey(b)
		for b.Loop() {
			ed25519.Sign(sk, make([]byte, 110))
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	b.Run("lua", func(b *testing.B) { benchmarkLua(b, "jwt.verify(pk, token)") })
	b.Run("bare", func(b *testing.B) {
		pk, sk := testKey(b)
		sig := ed25519.Sign(sk, make([]byte, 110))
		for b.Loop() {
			ed25519.Verify(pk, make([]byte, 110), sig)
		}
	})
}
