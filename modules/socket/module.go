package socket

import (
	"context"
	"errors"
	"fmt"
	"math"
	goruntime "runtime"
	"sync"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"

	"qrelay/runtime"
	"qrelay/runtime/address"
	"qrelay/runtime/sock"
)

// Module returns the Lua module.
func Module() runtime.Module {
	described := newSockets()
	return runtime.Module{
		Name:    "socket",
		Doc:     "Sockets to connect and send data to.",
		Funcs:   described.funcs(),
		Classes: []runtime.Describer{described.class},
		Open: func(rt *runtime.Runtime, L *lua.LState) lua.LValue {
			s := newSockets()
			rt.OnClose(s.closeAll)
			return rt.NewTable(L, "socket:", s.funcs())
		},
	}
}

// sockets are those of one virtual machine.
type sockets struct {
	class *runtime.Class[*Socket]

	mu   sync.Mutex
	open map[*sock.Conn]struct{}
}

func newSockets() *sockets {
	s := &sockets{open: make(map[*sock.Conn]struct{})}
	s.class = &runtime.Class[*Socket]{
		Name: "socket",
		Doc:  "A connected socket. It serves all handlers, which take turns.",
		Methods: []runtime.Func{
			{Name: "send", Fn: s.send,
				Sig: "s:send(data [, start [, end]]) -> bytes | nil, err",
				Doc: "Sends a string or the part of it that start and end say, which are positions as in string.sub but must lie within. Waits for the peer to read, at most 10 seconds without progress."},
			{Name: "close", Fn: s.close,
				Sig: "s:close()",
				Doc: "Closes the socket. Sending afterwards fails; closing again does nothing."},
		},
	}
	return s
}

func (s *sockets) funcs() []runtime.Func {
	return []runtime.Func{
		{Name: "connect", Fn: s.connect,
			Sig: "socket:connect(address [, {type = 'stream' | 'dgram' | 'seqpacket'}]) -> socket | nil, err",
			Doc: "Connects to 'host:port', '[v6]:port', a path, '@name' or an address object. Waits, at most 20 seconds."},
	}
}

// socket:connect(address [, options]) -> socket | nil, err
func (s *sockets) connect(L *lua.LState) int {
	if L.Get(1).Type() != lua.LTTable {
		runtime.ArgError(L, 1, "call it with a colon: socket:connect(address)")
	}
	runtime.NArgs(L, 1, 2)
	to, host := target(L, 2)
	socketType := typeOption(runtime.Options(L, 3, "type"))
	so, err := runtime.Wait(L, func(ctx context.Context) (*Socket, error) {
		ctx, cancel := context.WithTimeoutCause(ctx, connectTimeout, fmt.Errorf("timeout after %v", connectTimeout))
		defer cancel()
		if host != "" {
			var err error
			if to, err = address.ResolveAll(ctx, host, noPort); err != nil {
				return nil, err
			}
		}
		if err := checkPort(to[0]); err != nil {
			return nil, err
		}
		return dial(ctx, to, socketType)
	})
	if err != nil {
		return runtime.Fail(L, err)
	}
	s.keep(so)
	L.Push(s.class.New(L, so))
	return 1
}

// target returns the address that argument n is, or the host that is to be looked up.
func target(L *lua.LState, n int) (to []address.Address, host string) {
	a, ok := runtime.AddressClass.Is(L.Get(n))
	if !ok {
		text := runtime.String(L, n)
		var err error
		if a, err = address.Parse(text, noPort); errors.Is(err, address.ErrHostName) {
			return nil, text
		} else if err != nil {
			runtime.ArgError(L, n, "%s", err)
		}
	}
	return []address.Address{a}, ""
}

// noPort is the port of an address that has none; there is no default one.
const noPort = 0

// checkPort refuses an address without port. Like all that is no way to a peer,
// that is not raised but returned.
func checkPort(a address.Address) error {
	if a.Family() != unix.AF_UNIX && a.IP().Port() == noPort {
		return fmt.Errorf("connect %s: the port is missing", a.IP().Addr())
	}
	return nil
}

func typeOption(o *runtime.OptionsTable) int {
	switch name := o.String("type", "stream"); name {
	case "stream":
		return unix.SOCK_STREAM
	case "dgram":
		return unix.SOCK_DGRAM
	case "seqpacket":
		return unix.SOCK_SEQPACKET
	default:
		o.Error("type", fmt.Sprintf("'stream', 'dgram' or 'seqpacket' expected, got %.20q", name))
		return 0
	}
}

// s:send(data [, start [, end]]) -> bytes | nil, err
func (s *sockets) send(L *lua.LState) int {
	so := s.class.Check(L, 1)
	runtime.NArgs(L, 1, 3)
	data := runtime.String(L, 2)
	if L.GetTop() > 2 {
		from, to, err := span(len(data), position(L, 3, 1), position(L, 4, -1))
		if err != nil {
			runtime.Raise(L, "%s", err)
		}
		data = data[from:to]
	}
	if data == "" { // which on a datagram socket would be a datagram
		L.Push(lua.LNumber(0))
		return 1
	}
	n, err := runtime.Wait(L, func(ctx context.Context) (int, error) { return so.Send(ctx, []byte(data)) })
	if err != nil {
		return runtime.Fail(L, err)
	}
	L.Push(lua.LNumber(n))
	return 1
}

// position returns a position in a string, its fraction cut off as string.sub does.
// Compat: nil is no position, other than for string.sub.
func position(L *lua.LState, n, def int) int {
	if n > L.GetTop() {
		return def
	}
	p := math.Trunc(runtime.Number(L, n))
	if !(math.Abs(p) <= math.MaxInt32) {
		runtime.ArgError(L, n, "position expected, got %v", p)
	}
	return int(p)
}

// s:close()
func (s *sockets) close(L *lua.LState) int {
	so := s.class.Check(L, 1)
	runtime.NArgs(L, 0, 0)
	so.Close()
	s.forget(so.conn)
	return 0
}

// keep has the socket closed with the machine, or when the garbage collector finds
// that no script can use it any more.
func (s *sockets) keep(so *Socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[so.conn] = struct{}{}
	goruntime.AddCleanup(so, s.forget, so.conn)
}

func (s *sockets) forget(c *sock.Conn) {
	c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
}

func (s *sockets) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		c.Close()
	}
	clear(s.open)
}
