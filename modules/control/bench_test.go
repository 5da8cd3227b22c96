package control

import (
	"fmt"
	"net"
	"testing"

	"qrelay/runtime"
)

// BenchmarkSend builds and sends a datagram of one command over UDP, as a handler
// does for each mail: 10 µs are the limit.
func BenchmarkSend(b *testing.B) {
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer udp.Close()
	rt, err := runtime.New(runtime.Config{Modules: []runtime.Module{Module()}})
	if err != nil {
		b.Fatal(err)
	}
	defer rt.Close()
	b.ReportAllocs()
	b.ResetTimer()
	if err := rt.DoString(b.Context(), "bench", fmt.Sprintf(`
		local c = assert(control_client:new(%q))
		for i = 1, %d do assert(c:send(c:build():reset_limiter('account'))) end`, udp.LocalAddr(), b.N)); err != nil {
		b.Fatal(err)
	}
}
