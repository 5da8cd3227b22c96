package relay

import (
	"errors"
	"fmt"
	"path/filepath"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/address"
	"qrelay/runtime/qmqp"
)

// Default ports of what the other resolvers are for.
const (
	controlPort = 5478
	pondPort    = 5479
)

// Limits of max_size.
const (
	defaultMaxSize = 16 << 20
	minMaxSize     = 1 << 10
	maxMaxSize     = 1 << 30
)

// systemdMark is the value of the global systemd: the sockets that the
// service manager passed.
type systemdMark struct{}

var systemdClass = runtime.Class[systemdMark]{Name: "systemd"}

// startupOnly are the globals that are gone after start-up: they block, or
// have no meaning later.
var startupOnly = []string{"qmqp_listen", "max_size", userConnectionsName, userBytesName, "qmqp_resolve", "log_resolve", "control_resolve"}

// Module returns what the configuration script finds as globals.
func (s *Server) Module() runtime.Module {
	return runtime.Module{
		Name:    "qrelay",
		Doc:     "The relay itself: listeners, resolvers and the mail object.",
		Funcs:   s.funcs(),
		Classes: []runtime.Describer{s.face.mail, &actionClass, s.face.cgroup},
		Values:  globals(),
		Open: func(rt *runtime.Runtime, L *lua.LState) lua.LValue {
			s.rt = rt
			rt.SetGlobals(L, s.funcs())
			L.SetGlobal("systemd", systemdClass.New(L, systemdMark{}))
			L.SetGlobal("max_size", lua.LNumber(defaultMaxSize))
			return nil
		},
	}
}

func (s *Server) funcs() []runtime.Func {
	return []runtime.Func{
		{Name: "qmqp_listen", Fn: s.luaListen, Phase: runtime.AtStartup, Types: map[string]string{"address": "string|address|systemd"}, Sig: "qmqp_listen(address, handler)", Doc: "Listens on a socket path, @name, host:port, or the sockets of systemd, and calls handler(m) for each mail."},
		runtime.Resolver("qmqp_resolve", qmqp.DefaultPort),
		runtime.Resolver("log_resolve", pondPort),
		runtime.Resolver("control_resolve", controlPort),
	}
}

// globals are the variables that the relay sets or reads.
func globals() []runtime.Value {
	return []runtime.Value{
		{Name: "systemd", Type: "systemd", Doc: "The sockets that the service manager passes, as an address for qmqp_listen."},
		{Name: "max_size", Type: "integer", Phase: runtime.AtStartup, Doc: "How many bytes the request of a client may have, message and envelope together: 16777216 unless it is set, 1024 to 1073741824. It holds for the listeners that are made afterwards."},
		{Name: userConnectionsName, Type: "integer?", Phase: runtime.AtStartup, Doc: "How many connections the clients of one user id may have at once, over all listeners: any number unless it is set, 1 to 1000000. One more is answered with \"too many connections\", a temporary failure. Clients over IP have no user and do not count."},
		{Name: userBytesName, Type: "integer?", Phase: runtime.AtStartup, Doc: "How many bytes the requests of one user id may have together that are in progress: any number unless it is set, and then at least max_size. A mail that does not fit is answered with \"too many mails in progress\", a temporary failure. Clients over IP have no user and do not count."},
		{Name: "log_server", Type: "address|string|nil", Phase: runtime.AtStartup, Doc: "The Pond server that gets a log record for each mail; none unless it is set. A string must be a numeric address, a path or @name; use log_resolve for host names."},
		{Name: "reload", Type: "fun()?", Doc: "A function of the script that the daemon calls as a task of its own on SIGHUP. While it runs, any number of further signals cause exactly one more run. Its errors are logged."},
	}
}

// qmqp_listen(address, handler). Raises if the socket cannot be made, and if
// the global max_size is malformed.
func (s *Server) luaListen(L *lua.LState) int {
	runtime.NArgs(L, 2, 2)
	if s.configured {
		runtime.Raise(L, "listeners can only be made while the configuration is read")
	}
	_, passed := systemdClass.Is(L.Get(1))
	var a address.Address
	if !passed {
		a = checkListenAddress(L)
	}
	handler := runtime.Function(L, 2)
	maxSize := s.checkMaxSize(L)
	_, err := logServerOf(L) // now, so that nobody connects in vain
	switch {
	case err != nil:
	case passed:
		err = s.listenPassed(handler, maxSize)
	default:
		err = s.listen(a, handler, maxSize)
	}
	if err != nil {
		runtime.Raise(L, "%s", err)
	}
	return 0
}

// checkListenAddress returns argument 1, an address object or a string.
func checkListenAddress(L *lua.LState) address.Address {
	if a, ok := runtime.AddressClass.Is(L.Get(1)); ok {
		return a
	}
	text, ok := L.Get(1).(lua.LString)
	if !ok {
		runtime.ArgError(L, 1, "path, @name, host:port or systemd expected, got %s", runtime.TypeName(L.Get(1)))
	}
	a, err := ResolveListen(L, string(text), qmqp.DefaultPort)
	if err != nil {
		runtime.ArgError(L, 1, "%s", err)
	}
	return a
}

// ResolveListen reads the address of a listener. A relative path is taken from
// the working directory, which the daemon leaves after start-up. Waits if it is
// a host name.
func ResolveListen(L *lua.LState, text string, port int) (address.Address, error) {
	a, err := address.ParseListen(text, port)
	if errors.Is(err, address.ErrHostName) {
		return runtime.ResolveAddress(L, text, port)
	}
	if path := a.Path(); err == nil && path != "" && !filepath.IsAbs(path) {
		if path, err = filepath.Abs(path); err == nil {
			return address.ParseListen(path, port)
		}
	}
	return a, err
}

// checkMaxSize returns the global max_size.
func (s *Server) checkMaxSize(L *lua.LState) int64 {
	value := L.GetGlobal("max_size")
	size, ok := value.(lua.LNumber)
	if text, isText := value.(lua.LString); isText {
		size = lua.LVAsNumber(text)
		ok = size != 0
	}
	switch {
	case !ok:
		runtime.Raise(L, "`max_size` must be a number, not %s", value.Type())
	case size < minMaxSize || size != size:
		runtime.Raise(L, "`max_size` is too small: %s, at least %d is allowed", size, minMaxSize)
	case size > maxMaxSize:
		runtime.Raise(L, "`max_size` is too large: %s, at most %d is allowed", size, maxMaxSize)
	case int64(size) > s.maxInflight():
		runtime.Raise(L, "`max_size` is %s, but all messages in memory may have %d bytes together (--max-inflight)", size, s.maxInflight())
	}
	return int64(size)
}

// maxInflight returns how large a request can be and still fit into memory.
func (s *Server) maxInflight() int64 { return s.buffers.Limit() - int64(frameExtra) }

// Configured ends start-up: it reads log_server and removes the globals that
// are for start-up only. It must be called as a part of the main program.
func (s *Server) Configured(L *lua.LState) error {
	if err := s.readLogServer(L); err != nil {
		return err
	}
	if err := s.readQuota(L); err != nil {
		return err
	}
	s.warnOfMisspelt(L)
	for _, name := range startupOnly {
		L.SetGlobal(name, lua.LNil)
	}
	s.configured = true
	for _, fn := range s.onConfigured {
		if err := fn(L); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) readLogServer(L *lua.LState) error {
	a, err := logServerOf(L)
	if err != nil || a.IsZero() {
		return err
	}
	s.logServer = a
	if s.dryRun {
		return nil
	}
	return s.setPond(a)
}

// logServerOf returns the global log_server, no address for nil.
func logServerOf(L *lua.LState) (address.Address, error) {
	value := L.GetGlobal("log_server")
	if value == lua.LNil {
		return address.Address{}, nil
	}
	a, err := runtime.AddressOf(value, pondPort)
	if err != nil {
		err = fmt.Errorf("log_server: %w (a numeric address, a path, @name, or log_resolve(…) is allowed)", err)
	}
	return a, err
}
