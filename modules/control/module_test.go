package control

import (
	"encoding/hex"
	"fmt"
	"net"
	"path/filepath"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/luatest"
)

func TestLua(t *testing.T) {
	// What the Lua tests send to this address is checked by TestDatagrams; here
	// it only has to go somewhere.
	r := newReceiver(t, filepath.Join(t.TempDir(), "control"))
	go func() {
		buf := make([]byte, 1<<17)
		for {
			if _, err := r.Read(buf); err != nil {
				return
			}
		}
	}()
	luatest.Run(t, []runtime.Module{Module(), receiverModule(r.path)})
}

// receiverModule gives Lua the address of a receiver and the function that
// configurations make address objects with.
func receiverModule(path string) runtime.Module {
	return runtime.Module{
		Name: "receiver",
		Open: func(rt *runtime.Runtime, L *lua.LState) lua.LValue {
			rt.SetGlobals(L, []runtime.Func{runtime.Resolver("control_resolve", defaultPort)})
			return lua.LString(path)
		},
	}
}

func run(t testing.TB, script string, globals map[string]string) {
	t.Helper()
	rt, err := runtime.New(runtime.Config{Modules: []runtime.Module{Module(), {
		Name: "env",
		Open: func(rt *runtime.Runtime, L *lua.LState) lua.LValue {
			rt.SetGlobals(L, []runtime.Func{runtime.Resolver("control_resolve", defaultPort)})
			for name, value := range globals {
				L.SetGlobal(name, lua.LString(value))
			}
			return nil
		},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	if err := rt.DoString(t.Context(), "test", script); err != nil {
		t.Error(err)
	}
}

// What a script's calls look like on the wire.
func TestDatagrams(t *testing.T) {
	r := newReceiver(t, filepath.Join(t.TempDir(), "control"))
	for _, c := range []struct{ calls, want string }{
		{``, "63046101"},
		{`:fade_children('foo'):flush_http_cache('bar')`, "6304610100030008666f6f000003000f62617200"},
		{`:flush_http_cache('one', 'two', 'three', 'one'):fade_children('x', 'yy')`,
			"630461010003000f6f6e65000003000f74776f000005000f74687265650000000003000f6f6e650000010008780000000002000879790000"},
		{`:fade_children('foo'):cancel_job('p', 'j'):flush_http_cache('bar'):discard_session('session-1234'):fade_children('foo')`,
			"6304610100030008666f6f000003001970006a000003000f62617200000c000e73657373696f6e2d3132333400030008666f6f00"},
		{`:fade_children(''):cancel_job('', ''):cancel_job('a', ''):cancel_job('', 'b')`,
			"630461010000000800010019000000000002001961000000000200190062" + "0000"},
		{`:flush_filter_cache('f'):terminate_children('t'):disconnect_database('d'):reset_limiter('r')`,
			"630461010001000c660000000001001074000000000100146400000000010016720000" + "00"},
		{`:fade_children(42)`, "63046101000200083432" + "0000"},
		{`:reject_client('192.0.2.1')`, "63046101000d0017" + "00000e10" + "3139322e302e322e31000000"},
		{`:tarpit_client('2001:db8::1', 60)`, "63046101000f0018" + "0000003c" + "323030313a6462383a3a3100"},
		{`:reject_client('192.0.2.1', 0, '::1', '192.0.2.2', 4294967295)`,
			"63046101000d0017" + "00000000" + "3139322e302e322e31000000" +
				"00070017" + "00000e10" + "3a3a3100" +
				"000d0017" + "ffffffff" + "3139322e302e322e32000000"},
		{`:reject_client('192.0.2.1', '60', '192.0.2.2')`, "63046101000d0017" + "0000003c" + "3139322e302e322e31000000" + "000d0017" + "00000e10" + "3139322e302e322e32000000"},
		{`:reject_client('x', '60')`, "6304610100010017" + "78000000" + "00020017" + "36300000"},
		{`:reject_client('192.0.2.1', nil)`, "63046101000d0017" + "00000e10" + "3139322e302e322e31000000"},
		{`:reject_client('\0\0\0\10example', 'x')`, "63046101000b00170000000a6578616d706c6500" + "00010017" + "78000000"},
	} {
		run(t, fmt.Sprintf(`
			local c = assert(control_client:new(path))
			assert(assert(c:send(c:build()%s)) == true)`, c.calls), map[string]string{"path": r.path})
		if got := hex.EncodeToString([]byte(r.next(t))); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.calls, got, c.want)
		}
	}
}

// All forms of addresses, names looked up and default port included.
func TestAddresses(t *testing.T) {
	path := newReceiver(t, filepath.Join(t.TempDir(), "control"))
	abstract := newReceiver(t, "@qrelay-control-test-"+t.Name())
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	udp6, err := net.ListenPacket("udp6", "[::1]:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp6.Close()
	_, port, err := net.SplitHostPort(udp.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	run(t, `
		for _, address in ipairs{path, abstract, udp, udp6, 'localhost:' .. port,
				control_resolve(path), control_resolve(abstract), control_resolve(udp), control_resolve('localhost:' .. port)} do
			local c = assert(control_client:new(address))
			assert(c:send(c:build():fade_children(tostring(address))))
		end`,
		map[string]string{"path": path.path, "abstract": abstract.path, "udp": udp.LocalAddr().String(), "udp6": udp6.LocalAddr().String(), "port": port})
	for _, c := range []struct {
		from interface{ Read([]byte) (int, error) }
		want []string
	}{
		{path, []string{path.path, path.path}},
		{abstract, []string{abstract.path, abstract.path}},
		{udp.(*net.UDPConn), []string{udp.LocalAddr().String(), "localhost:" + port, udp.LocalAddr().String(), udp.LocalAddr().String()}},
		{udp6.(*net.UDPConn), []string{udp6.LocalAddr().String()}},
	} {
		for _, want := range c.want {
			buf := make([]byte, 1000)
			n, err := c.from.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			if _, payloads, err := decode(buf[:n]); err != nil || len(payloads) != 1 || payloads[0] != want {
				t.Errorf("got %q, %v, want %q", payloads, err, want)
			}
		}
	}
}

func TestDefaultPort(t *testing.T) {
	udp, err := net.ListenPacket("udp6", fmt.Sprintf("[::1]:%d", defaultPort))
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	run(t, `
		for _, address in ipairs{'::1', '[::1]', control_resolve('::1')} do
			local c = assert(control_client:new(address))
			assert(c:send(c:build()))
		end`, nil)
	for range 3 {
		buf := make([]byte, 100)
		n, _, err := udp.ReadFrom(buf)
		if err != nil || hex.EncodeToString(buf[:n]) != "63046101" {
			t.Errorf("got %x, %v", buf[:n], err)
		}
	}
}
