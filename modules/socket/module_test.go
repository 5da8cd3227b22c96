package socket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/luatest"
)

// env has what the scripts of these tests need besides the module: an address
// resolver of the configuration, and strings.
func env(globals map[string]string) runtime.Module {
	return runtime.Module{
		Name: "env",
		Open: func(rt *runtime.Runtime, L *lua.LState) lua.LValue {
			rt.SetGlobals(L, []runtime.Func{runtime.Resolver("qmqp_resolve", 628)})
			for name, value := range globals {
				L.SetGlobal(name, lua.LString(value))
			}
			return nil
		},
	}
}

func newRuntime(t testing.TB, globals map[string]string) *runtime.Runtime {
	t.Helper()
	rt, err := runtime.New(runtime.Config{Modules: []runtime.Module{Module(), env(globals)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rt.Close() })
	return rt
}

func do(t testing.TB, rt *runtime.Runtime, script string) {
	t.Helper()
	if err := rt.DoString(t.Context(), "test", script); err != nil {
		t.Error(err)
	}
}

// TestLua runs the scripts with a receiver that takes everything.
func TestLua(t *testing.T) {
	r := newRecorder(t, "unix", filepath.Join(t.TempDir(), "s"))
	luatest.Run(t, []runtime.Module{Module(), env(map[string]string{"receiver": r.address})})
}

// A recorder takes connections or datagrams and keeps what came, one entry for
// each connection's stream or each datagram.
type recorder struct {
	address string

	mu  sync.Mutex
	got []string
}

func newRecorder(t testing.TB, network, name string) *recorder {
	t.Helper()
	if strings.HasSuffix(network, "gram") || strings.HasPrefix(network, "udp") {
		return recordPackets(t, network, name)
	}
	l, err := net.Listen(network, name)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{address: l.Addr().String()}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { r.read(c, network == "unixpacket") })
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	return r
}

func (r *recorder) read(c net.Conn, packets bool) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(30 * time.Second))
	if !packets {
		b, _ := io.ReadAll(c)
		r.add(b)
		return
	}
	buf := make([]byte, 1<<20)
	for {
		n, err := c.Read(buf)
		if err != nil || n == 0 {
			return
		}
		r.add(buf[:n])
	}
}

func recordPackets(t testing.TB, network, name string) *recorder {
	t.Helper()
	c, err := net.ListenPacket(network, name)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{address: c.LocalAddr().String()}
	var wg sync.WaitGroup
	wg.Go(func() {
		buf := make([]byte, 1<<20)
		for {
			n, _, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			r.add(buf[:n])
		}
	})
	t.Cleanup(func() {
		c.Close()
		wg.Wait()
	})
	return r
}

func (r *recorder) add(b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, string(b))
}

func (r *recorder) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// want waits until exactly these have come, in any order (connections are
// concurrent).
func (r *recorder) want(t testing.TB, want ...string) {
	t.Helper()
	eventually(t, "all was received", func() bool { return len(r.all()) >= len(want) })
	got := r.all()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s received %q, want %q", r.address, got, want)
	}
}

// abstract returns a name that nobody else uses.
func abstract(t testing.TB) string {
	return fmt.Sprintf("@qrelay-socket-%d-%s-%d", os.Getpid(), t.Name(), time.Now().UnixNano())
}

func TestTypes(t *testing.T) {
	path := func() string { return filepath.Join(t.TempDir(), "s") }
	for _, c := range []struct{ network, name, options string }{
		{"unix", path(), ""},
		{"unix", abstract(t), ", {}"},
		{"tcp4", "127.0.0.1:0", ", nil"},
		{"tcp6", "[::1]:0", ", {type = 'stream'}"},
		{"udp4", "127.0.0.1:0", ", {type = 'dgram'}"},
		{"udp6", "[::1]:0", ", {type = 'dgram'}"},
		{"unixgram", path(), ", {type = 'dgram'}"},
		{"unixgram", abstract(t), ", {type = 'dgram'}"},
		{"unixpacket", path(), ", {type = 'seqpacket'}"},
		{"unixpacket", abstract(t), ", {type = 'seqpacket'}"},
	} {
		t.Run(c.network+c.name[:1], func(t *testing.T) {
			r := newRecorder(t, c.network, c.name)
			do(t, newRuntime(t, map[string]string{"address": r.address}), fmt.Sprintf(`
				for i, to in ipairs{address, qmqp_resolve(address)} do
					local s = assert(socket:connect(to%s))
					assert(type(s) == 'userdata')
					assert(s:send('hello ' .. i) == 7)
					s:close()
				end`, c.options))
			r.want(t, "hello 1", "hello 2")
		})
	}
}

// Each send on a socket of packets is one of them; nothing is none.
func TestPackets(t *testing.T) {
	for network, socketType := range map[string]string{"unixpacket": "seqpacket", "unixgram": "dgram"} {
		r := newRecorder(t, network, filepath.Join(t.TempDir(), "s"))
		do(t, newRuntime(t, map[string]string{"address": r.address, "socket_type": socketType}), `
			local s = assert(socket:connect(address, {type = socket_type}))
			assert(s:send('') == 0)
			assert(s:send('a\0b\255') == 4)
			assert(s:send('') == 0)
			assert(s:send(42) == 2)
			assert(s:send(('x'):rep(65536)) == 65536)
			assert(s:send('abcdefgh', 2, -2) == 6)`)
		r.want(t, "a\x00b\xff", "42", strings.Repeat("x", 65536), "bcdefg")
	}
}

func TestHostName(t *testing.T) {
	r := newRecorder(t, "tcp4", "127.0.0.1:0")
	_, port, err := net.SplitHostPort(r.address)
	if err != nil {
		t.Fatal(err)
	}
	do(t, newRuntime(t, map[string]string{"port": port}), `
		local s = assert(socket:connect('localhost:' .. port))
		assert(s:send('hello') == 5)
		s:close()`)
	r.want(t, "hello")
}

// The examples of the manual of the C++ daemon.
func TestManual(t *testing.T) {
	r := newRecorder(t, "unixpacket", "@test")
	do(t, newRuntime(t, nil), `
tcp = socket:connect('localhost:1234')
udp = socket:connect('localhost:4321', {type='dgram'})
multicast = socket:connect('[ff02::dead:beef]:2345', {type='dgram'})
unix = socket:connect('/run/test.socket')
abstract = socket:connect('@test', {type='seqpacket'})
abstract:send('hello world')
assert(udp)`)
	r.want(t, "hello world")
}

// A socket that the configuration keeps serves later tasks.
func TestSocketInGlobal(t *testing.T) {
	r := newRecorder(t, "unix", filepath.Join(t.TempDir(), "s"))
	rt := newRuntime(t, map[string]string{"address": r.address})
	do(t, rt, `s = assert(socket:connect(address))`)
	for i := range 3 {
		goruntime.GC()
		do(t, rt, fmt.Sprintf(`assert(s:send('%d') == 1)`, i))
	}
	do(t, rt, `s:close()`)
	r.want(t, "012")
}

func TestForgottenSocketsAreClosed(t *testing.T) {
	r := newRecorder(t, "unix", filepath.Join(t.TempDir(), "s"))
	rt := newRuntime(t, map[string]string{"address": r.address})
	do(t, rt, `for i = 1, 100 do assert(socket:connect(address)):send('x') end`)
	eventually(t, "the sockets are closed", func() bool {
		goruntime.GC()
		return len(r.all()) >= 99 // one may still be in a register of the machine
	})
}

func TestRuntimeClosesSockets(t *testing.T) {
	r := newRecorder(t, "unix", filepath.Join(t.TempDir(), "s"))
	rt := newRuntime(t, map[string]string{"address": r.address})
	do(t, rt, `s = assert(socket:connect(address)) s:send('x')`)
	if err := rt.Close(); err != nil {
		t.Fatal(err)
	}
	r.want(t, "x")
}

// While one task waits for a peer that does not read, others run; and its wait
// ends with it.
func TestWaitingSendHoldsUpNobody(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	rt := newRuntime(t, map[string]string{"address": l.Addr().String()})
	do(t, rt, `s = assert(socket:connect(address)) big = ('x'):rep(10 * 1024 * 1024)`)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := rt.DoString(ctx, "send", `sending = true s:send(big) error('sent')`); !errors.Is(err, context.Canceled) {
			t.Errorf("the task ended with %v", err)
		}
	})
	eventually(t, "it sends", func() bool {
		return rt.DoString(t.Context(), "look", `assert(sending)`) == nil
	})
	cancel()
	wg.Wait()
}

// connect waits while a local listener's queue is full, and other tasks run.
func TestWaitingConnectHoldsUpNobody(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	shrinkBacklog(t, l.(*net.UnixListener))
	rt := newRuntime(t, map[string]string{"address": l.Addr().String()})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := rt.DoString(t.Context(), "connect", `
			started = true
			kept = {}
			for i = 1, 5 do kept[i] = assert(socket:connect(address)) end
			connected = true`); err != nil {
			t.Error(err)
		}
	})
	eventually(t, "it waits for the backlog", func() bool {
		return rt.DoString(t.Context(), "look", `assert(started and kept[1] and not connected)`) == nil
	})
	for range 5 {
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	wg.Wait()
}
