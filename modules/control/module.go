package control

import (
	"context"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/address"
)

// defaultPort is that of the control protocol.
const defaultPort = 5478

// Module returns the Lua module.
func Module() runtime.Module {
	m := newModule()
	return runtime.Module{
		Name:    "control_client",
		Doc:     "Commands for beng-proxy and Workshop in their control protocol.",
		Funcs:   m.funcs(),
		Classes: []runtime.Describer{m.client, m.builder},
		Open: func(rt *runtime.Runtime, L *lua.LState) lua.LValue {
			return rt.NewTable(L, "control_client:", m.funcs())
		},
	}
}

type module struct {
	client  *runtime.Class[*Client]
	builder *runtime.Class[*Datagram]
}

func newModule() *module {
	m := &module{}
	m.client = &runtime.Class[*Client]{
		Name: "control_client",
		Doc:  "A client of one receiver of commands. It serves all handlers.",
		Methods: []runtime.Func{
			{Name: "build", Fn: m.build,
				Sig: "client:build() -> builder",
				Doc: "Returns an empty builder, whose methods add commands."},
			{Name: "send", Fn: m.send,
				Sig: "client:send(builder) -> true | nil, err",
				Doc: "Sends the commands of a builder in one datagram. Waits while a local receiver's queue is full, at most 10 seconds. Nobody confirms."},
		},
	}
	m.builder = &runtime.Class[*Datagram]{
		Name:    "control_builder",
		Doc:     "Collects commands. Several arguments to one method are as many commands; every method returns the builder.",
		Methods: m.builderMethods(),
	}
	return m
}

func (m *module) funcs() []runtime.Func {
	return []runtime.Func{
		{Name: "new", Fn: m.new,
			Sig: "control_client:new(address) -> client | nil, err",
			Doc: "Connects to an IP address, 'host:port' (port 5478 if there is none), a path, '@name' or an address object. Waits for the resolver, at most 20 seconds."},
	}
}

// control_client:new(address) -> client | nil, err
func (m *module) new(L *lua.LState) int {
	if L.Get(1).Type() != lua.LTTable {
		runtime.ArgError(L, 1, "call it with a colon: control_client:new(address)")
	}
	runtime.NArgs(L, 1, 1)
	to, isAddress := runtime.AddressClass.Is(L.Get(2))
	host := ""
	if !isAddress {
		host = runtime.String(L, 2)
	}
	c, err := runtime.Wait(L, func(ctx context.Context) (*Client, error) {
		ctx, cancel := context.WithTimeout(ctx, connectTimeout)
		defer cancel()
		if !isAddress {
			var err error
			if to, err = address.Resolve(ctx, host, defaultPort); err != nil {
				return nil, err
			}
		}
		return dial(ctx, to)
	})
	if err != nil {
		return runtime.Fail(L, err)
	}
	L.Push(m.client.New(L, c))
	return 1
}

// client:build() -> builder
func (m *module) build(L *lua.LState) int {
	m.client.Check(L, 1)
	runtime.NArgs(L, 0, 0)
	L.Push(m.builder.New(L, &Datagram{}))
	return 1
}

// client:send(builder) -> true | nil, err
func (m *module) send(L *lua.LState) int {
	c := m.client.Check(L, 1)
	runtime.NArgs(L, 1, 1)
	datagram := m.builder.Check(L, 2).Bytes()
	_, err := runtime.Wait(L, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, c.Send(ctx, datagram)
	})
	if err != nil {
		return runtime.Fail(L, err)
	}
	L.Push(lua.LTrue)
	return 1
}
