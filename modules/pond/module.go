package pond

import (
	"context"
	goruntime "runtime"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/address"
	"qrelay/runtime/pond"
)

const (
	// defaultPort is that of the logging protocol.
	defaultPort = 5479
	// resolveTimeout bounds looking up the host.
	resolveTimeout = 20 * time.Second
)

// Module returns the Lua module.
func Module() runtime.Module {
	m := newModule()
	return runtime.Module{
		Name:    "pond",
		Doc:     "Log records for a Pond server.",
		Funcs:   m.funcs(),
		Classes: []runtime.Describer{m.client},
		Open: func(rt *runtime.Runtime, L *lua.LState) lua.LValue {
			return rt.NewTable(L, "pond:", m.funcs())
		},
	}
}

type module struct {
	client *runtime.Class[*Client]
}

// A Client sends records to one address. It needs no closing: the garbage
// collector does that.
type Client struct {
	sender *pond.Sender
}

func newModule() *module {
	m := &module{}
	m.client = &runtime.Class[*Client]{
		Name: "pond",
		Doc:  "Sends records to one Pond server.",
		Methods: []runtime.Func{
			{Name: "send", Fn: m.send,
				Types: map[string]string{"options": "{type?: \"unspecified\"|\"http_access\"|\"http_error\"|\"submission\"|\"ssh\"|\"job\"|\"history\", " +
					"timestamp?: number, site?: string|number, message?: string, json?: string, host?: string, remote_host?: string, " +
					"forwarded_to?: string, length?: integer, received?: integer, sent?: integer, duration?: number}"},
				Sig: "client:send{message = …, site = …, type = …} -> true | nil, err",
				Doc: "Sends a record. Strings: site, message, json, host, remote_host, forwarded_to. Numbers: timestamp (seconds since 1970, default now), duration (seconds), length, received, sent (bytes). type is one of unspecified, http_access, http_error, submission, ssh, job, history. Never waits; nobody confirms."},
		},
	}
	return m
}

func (m *module) funcs() []runtime.Func {
	return []runtime.Func{
		{Name: "new", Fn: m.new,
			Sig: "pond:new(address) -> client | nil, err",
			Doc: "Makes a client for an IP address, 'host:port' (port 5479 if there is none), a path, '@name' or an address object. Waits for the resolver, at most 20 seconds."},
	}
}

// pond:new(address) -> client | nil, err
func (m *module) new(L *lua.LState) int {
	if L.Get(1).Type() != lua.LTTable {
		runtime.ArgError(L, 1, "call it with a colon: pond:new(address)")
	}
	runtime.NArgs(L, 1, 1)
	to, ok := runtime.AddressClass.Is(L.Get(2))
	if !ok {
		var err error
		if to, err = resolve(L, runtime.String(L, 2)); err != nil {
			return runtime.Fail(L, err)
		}
	}
	sender, err := pond.NewSender(to)
	if err != nil {
		return runtime.Fail(L, err)
	}
	c := &Client{sender: sender}
	goruntime.AddCleanup(c, func(s *pond.Sender) { s.Close() }, sender)
	L.Push(m.client.New(L, c))
	return 1
}

func resolve(L *lua.LState, host string) (address.Address, error) {
	return runtime.Wait(L, func(ctx context.Context) (address.Address, error) {
		ctx, cancel := context.WithTimeout(ctx, resolveTimeout)
		defer cancel()
		return address.Resolve(ctx, host, defaultPort)
	})
}

// client:send(record) -> true | nil, err
func (m *module) send(L *lua.LState) int {
	c := m.client.Check(L, 1)
	runtime.NArgs(L, 1, 1)
	runtime.Table(L, 2)
	r := record(runtime.Options(L, 2, fields()...), time.Now())
	err := c.sender.Send(r)
	goruntime.KeepAlive(c)
	if err != nil {
		return runtime.Fail(L, err)
	}
	L.Push(lua.LTrue)
	return 1
}
