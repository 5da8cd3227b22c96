package control

import (
	"strings"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
)

func (m *module) builderMethods() []runtime.Func {
	return []runtime.Func{
		m.simple("fade_children", FadeChildren, "tag", "Lets child processes with this tag end when they have nothing to do; '' means all."),
		m.simple("flush_filter_cache", FlushFilterCache, "tag", "Empties the filter cache of this tag."),
		m.simple("discard_session", DiscardSession, "id", "Ends the session."),
		m.simple("flush_http_cache", FlushHTTPCache, "tag", "Empties the HTTP cache of this tag."),
		m.simple("terminate_children", TerminateChildren, "tag", "Ends child processes with this tag at once."),
		m.simple("disconnect_database", DisconnectDatabase, "account", "Closes the account's database connections."),
		m.simple("reset_limiter", ResetLimiter, "account", "Forgets what the account has used up of its limits."),
		m.ban("reject_client", RejectClient, "Refuses connections of an IP address for a time."),
		m.ban("tarpit_client", TarpitClient, "Delays connections of an IP address for a time."),
		{Name: "cancel_job", Fn: m.cancelJob,
			Sig: "builder:cancel_job(partition, id) -> builder",
			Doc: "Cancels a job of Workshop."},
	}
}

// simple is a method whose arguments are the payloads of as many commands. At
// least one is needed: in an empty payload, which a script may send by passing an
// empty string, some commands see all children or caches.
func (m *module) simple(name string, c Command, argument, doc string) runtime.Func {
	return runtime.Func{
		Name: name,
		Sig:  "builder:" + name + "(" + argument + ", …) -> builder",
		Doc:  doc,
		Fn: func(L *lua.LState) int {
			d := m.builder.Check(L, 1)
			runtime.NArgs(L, 1, -1)
			payloads := make([]string, 0, L.GetTop()-1)
			for n := 2; n <= L.GetTop(); n++ {
				payloads = append(payloads, payload(L, n))
			}
			for _, p := range payloads {
				add(L, d, c, p)
			}
			return self(L)
		},
	}
}

// payload returns argument n, which must fit into a command.
func payload(L *lua.LState, n int) string {
	p := runtime.String(L, n)
	if len(p) > maxPayload {
		runtime.ArgError(L, n, "at most %d bytes expected, got %d", maxPayload, len(p))
	}
	return p
}

func add(L *lua.LState, d *Datagram, c Command, parts ...string) {
	if err := d.Add(c, parts...); err != nil {
		runtime.Raise(L, "%s", err)
	}
}

// self returns the builder, so that calls can be chained.
func self(L *lua.LState) int {
	L.Push(L.Get(1))
	return 1
}

// ban is a method whose arguments are addresses, each of which may be followed by
// a number of seconds.
func (m *module) ban(name string, c Command, doc string) runtime.Func {
	return runtime.Func{
		Name:  name,
		Types: map[string]string{"address": "string", "seconds": "integer|string"},
		Sig:   "builder:" + name + "(address [, seconds], …) -> builder",
		Doc:   doc + " Without seconds it is an hour; 0 ends it at once. A string that is no IP address is sent as it is.",
		Fn: func(L *lua.LState) int {
			d := m.builder.Check(L, 1)
			runtime.NArgs(L, 1, -1)
			var payloads []string
			for n := 2; n <= L.GetTop(); n++ {
				p, used := banArguments(L, n)
				payloads = append(payloads, p)
				n += used - 1
			}
			for _, p := range payloads {
				add(L, d, c, p)
			}
			return self(L)
		},
	}
}

// banArguments returns the payload for the address that argument n is and the
// seconds that may follow, and how many arguments that were.
func banArguments(L *lua.LState, n int) (p string, used int) {
	if L.Get(n).Type() == lua.LTNumber {
		runtime.ArgError(L, n, "IP address expected, got number")
	}
	client := payload(L, n)
	seconds, used := int64(defaultBan), 1
	switch next := L.Get(n + 1); {
	case next.Type() == lua.LTNumber && !isIP(client):
		runtime.ArgError(L, n, "IP address expected before the seconds, got %.40q", client)
	case isSeconds(next) && isIP(client):
		seconds, used = runtime.Int(L, n+1, 0, maxBan), 2
	case next == lua.LNil && n < L.GetTop():
		used = 2
	}
	return banPayload(client, uint32(seconds)), used
}

// isSeconds reports whether an argument after an IP address is its seconds: a number,
// or one in the form of a string, as databases and headers give them. Neither an
// address nor a payload that a script has put together has digits alone.
func isSeconds(v lua.LValue) bool {
	s, isString := v.(lua.LString)
	return v.Type() == lua.LTNumber || isString && s != "" && strings.Trim(string(s), "0123456789") == ""
}

// builder:cancel_job(partition, id) -> builder
func (m *module) cancelJob(L *lua.LState) int {
	d := m.builder.Check(L, 1)
	runtime.NArgs(L, 2, 2)
	partition, id := payload(L, 2), payload(L, 3)
	if strings.Contains(partition, "\x00") { // would end the name
		runtime.ArgError(L, 2, "name without NUL expected")
	}
	add(L, d, CancelJob, partition, "\x00", id)
	return self(L)
}
