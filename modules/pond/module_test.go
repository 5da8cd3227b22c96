package pond

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/luatest"
	"qrelay/runtime/pond"
)

// env has what the scripts of these tests need besides the module.
func env(server string) runtime.Module {
	return runtime.Module{
		Name: "env",
		Open: func(rt *runtime.Runtime, L *lua.LState) lua.LValue {
			rt.SetGlobals(L, []runtime.Func{runtime.Resolver("log_resolve", defaultPort)})
			L.SetGlobal("server", lua.LString(server))
			return nil
		},
	}
}

// newServer listens for records.
func newServer(t testing.TB, network, name string) net.PacketConn {
	t.Helper()
	c, err := net.ListenPacket(network, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func next(t testing.TB, c net.PacketConn) pond.Record {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	buf := make([]byte, 1<<16)
	n, _, err := c.ReadFrom(buf)
	if err != nil {
		t.Fatal(err)
	}
	r, err := pond.Decode(buf[:n])
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func do(t testing.TB, server, script string) {
	t.Helper()
	rt, err := runtime.New(runtime.Config{Modules: []runtime.Module{Module(), env(server)}})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	if err := rt.DoString(t.Context(), "test", script); err != nil {
		t.Error(err)
	}
}

func TestLua(t *testing.T) {
	c := newServer(t, "unixgram", filepath.Join(t.TempDir(), "pond"))
	go func() { // takes everything, so that the queue is never full
		buf := make([]byte, 1<<16)
		for {
			if _, _, err := c.ReadFrom(buf); err != nil {
				return
			}
		}
	}()
	luatest.Run(t, []runtime.Module{Module(), env(c.LocalAddr().String())})
}

// What a script's table looks like to the receiver.
func TestRecords(t *testing.T) {
	c := newServer(t, "unixgram", filepath.Join(t.TempDir(), "pond"))
	at := time.Unix(1_700_000_000, 250_000_000).UTC()
	for _, test := range []struct {
		record string
		want   pond.Record
	}{
		{`{timestamp = 1700000000.25}`, pond.Record{Timestamp: at}},
		{`{timestamp = 0}`, pond.Record{Timestamp: time.Unix(0, 0).UTC()}},
		{`{timestamp = 1700000000.25, site = 'acct', message = 'hello', type = 'submission'}`,
			pond.Record{Timestamp: at, Site: "acct", Message: "hello", Type: pond.Submission}},
		{`{timestamp = 1700000000.25, site = 4711, type = 'job', json = '{"a":1}'}`,
			pond.Record{Timestamp: at, Site: "4711", JSON: `{"a":1}`, Type: pond.Job}},
		{`{timestamp = 1700000000.25, host = 'h', remote_host = 'r', forwarded_to = 'f', type = 'ssh'}`,
			pond.Record{Timestamp: at, Host: "h", RemoteHost: "r", ForwardedTo: "f", Type: pond.SSH}},
		{`{timestamp = 1700000000.25, length = 0, received = 10, sent = 2^53, duration = 1.5, type = 'history'}`,
			pond.Record{Timestamp: at, HasLength: true, HasTraffic: true, Received: 10, Sent: 1 << 53, HasDuration: true, Duration: 1500 * time.Millisecond, Type: pond.History}},
		{`{timestamp = 1700000000.25, sent = 1}`, pond.Record{Timestamp: at, HasTraffic: true, Sent: 1}},
		{`{timestamp = 1700000000.25, message = 'before\0after', site = '', type = 'unspecified'}`, pond.Record{Timestamp: at, Message: "before"}},
	} {
		do(t, c.LocalAddr().String(), fmt.Sprintf(`assert(assert(pond:new(server)):send%s == true)`, test.record))
		if got := next(t, c); got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.record, got, test.want)
		}
	}
}

func TestTimestampIsNow(t *testing.T) {
	c := newServer(t, "unixgram", filepath.Join(t.TempDir(), "pond"))
	before := time.Now().Truncate(time.Microsecond)
	do(t, c.LocalAddr().String(), `assert(assert(pond:new(server)):send{message = 'x'})`)
	if got := next(t, c); got.Timestamp.Before(before) || got.Timestamp.After(time.Now()) {
		t.Errorf("sent at %v, stamped %v", before, got.Timestamp)
	}
}

func TestLongMessage(t *testing.T) {
	c := newServer(t, "unixgram", filepath.Join(t.TempDir(), "pond"))
	do(t, c.LocalAddr().String(), `assert(assert(pond:new(server)):send{message = ('x'):rep(10 * 1024 * 1024), site = 's'})`)
	if got := next(t, c); !got.Truncated || len(got.Message) < 60000 || strings.Trim(got.Message, "x") != "" || got.Site != "s" {
		t.Errorf("got %d bytes, truncated: %v", len(got.Message), got.Truncated)
	}
}

// All forms of addresses, names looked up and default port included.
func TestAddresses(t *testing.T) {
	for _, s := range []struct{ network, name, expr string }{
		{"unixgram", filepath.Join(t.TempDir(), "pond"), "server"},
		{"unixgram", fmt.Sprintf("@qrelay-pond-%d", os.Getpid()), "server"},
		{"udp4", "127.0.0.1:0", "server"},
		{"udp4", "127.0.0.1:0", "'localhost:' .. server:match('%d+$')"},
		{"udp6", "[::1]:0", "server"},
		{"udp6", fmt.Sprintf("[::1]:%d", defaultPort), "'::1'"},
		{"udp4", "127.0.0.1:0", "log_resolve(server)"},
	} {
		c := newServer(t, s.network, s.name)
		do(t, c.LocalAddr().String(), fmt.Sprintf(`assert(assert(pond:new(%s)):send{message = server})`, s.expr))
		if got := next(t, c); got.Message != c.LocalAddr().String() {
			t.Errorf("%s: got %+v", s.expr, got)
		}
	}
}

func TestForgottenClientsAreClosed(t *testing.T) {
	c := newServer(t, "udp4", "127.0.0.1:0")
	before := openDescriptors(t)
	do(t, c.LocalAddr().String(), `for i = 1, 100 do assert(assert(pond:new(server)):send{message = 'x'}) end`)
	for deadline := time.Now().Add(10 * time.Second); openDescriptors(t) > before; goruntime.GC() {
		if time.Now().After(deadline) {
			t.Fatalf("%d descriptors are open, there were %d", openDescriptors(t), before)
		}
	}
}

func openDescriptors(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
