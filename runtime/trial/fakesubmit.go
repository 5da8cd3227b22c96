package trial

import (
	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/relay"
)

// submit(mail [, listener]) -> decision
func (h *harness) submit(L *lua.LState) int {
	runtime.NArgs(L, 1, 2)
	object, ok := L.Get(1).(*lua.LUserData)
	if !ok {
		runtime.ArgError(L, 1, "mail expected, got %s; make one with mail{…}", runtime.TypeName(L.Get(1)))
	}
	handler, err := h.trial.server.Handler(runtime.OptString(L, 2, ""))
	if err != nil {
		runtime.Raise(L, "%s", err)
	}
	before := len(h.record.calls)
	L.Push(handler) // unprotected, so that the traceback of an error has the handler
	L.Push(object)
	L.Call(1, 1)
	d, err := h.trial.server.Decision(object, handler, L.Get(-1))
	if err != nil {
		runtime.Raise(L, "%s", err)
	}
	L.Push(decisionTable(L, d, h.record.calls[before:]))
	return 1
}

// decisionTable is a decision for tests.
func decisionTable(L *lua.LState, d *relay.Decision, calls []Call) *lua.LTable {
	t := L.NewTable()
	t.RawSetString("action", lua.LString(d.Action.String()))
	t.RawSetString("kind", lua.LString(d.Action.Kind))
	t.RawSetString("target", optional(d.Action.Target))
	t.RawSetString("text", optional(d.Action.Text))
	t.RawSetString("args", stringsTable(L, d.Action.Args))
	t.RawSetString("env", stringsTable(L, d.Action.Env))
	if d.Action.Timeout > 0 {
		t.RawSetString("timeout", lua.LNumber(d.Action.Timeout.Seconds()))
	}
	t.RawSetString("sender", lua.LString(d.Sender))
	t.RawSetString("account", optional(d.Account))
	headers := L.NewTable()
	for _, header := range d.Headers {
		headers.RawSetString(header.Name, lua.LString(header.Value))
	}
	t.RawSetString("headers", headers)
	t.RawSetString("calls", callsTable(L, calls))
	return t
}

func callsTable(L *lua.LState, calls []Call) *lua.LTable {
	t := L.NewTable()
	for _, c := range calls {
		call := stringsTable(L, c.Args)
		call.RawSetString("name", lua.LString(c.Function))
		t.Append(call)
	}
	return t
}

func stringsTable(L *lua.LState, texts []string) *lua.LTable {
	t := L.NewTable()
	for _, s := range texts {
		t.Append(lua.LString(s))
	}
	return t
}

func optional(s string) lua.LValue {
	if s == "" {
		return lua.LNil
	}
	return lua.LString(s)
}
