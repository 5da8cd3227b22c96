package metrics

import (
	"errors"
	"log/slog"
	"net"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/relay"
	"qrelay/runtime/status"
)

// Options say what is measured.
type Options struct {
	// Server is the relay; it must not have been started.
	Server *relay.Server
	// Logger gets what goes wrong; nil means slog.Default().
	Logger *slog.Logger
	// TurnLimit is that of the Lua runtime.
	TurnLimit time.Duration
	// DryRun only checks the arguments of metrics_listen.
	DryRun bool
}

const listenName = "metrics_listen"

// Module returns the function metrics_listen.
func Module(o Options) runtime.Module {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.TurnLimit == 0 {
		o.TurnLimit = runtime.DefaultTurnLimit
	}
	e := &exporter{options: o}
	return runtime.Module{
		Name:  "metrics",
		Doc:   "What the daemon does, for monitoring.",
		Funcs: e.funcs(),
		Open: func(rt *runtime.Runtime, L *lua.LState) lua.LValue {
			e.rt = rt
			rt.SetGlobals(L, e.funcs())
			o.Server.OnConfigured(e.configured)
			return nil
		},
	}
}

func (e *exporter) funcs() []runtime.Func {
	return []runtime.Func{{
		Name: listenName, Fn: e.listen, Phase: runtime.AtStartup, Types: map[string]string{"address": "string|address", "pprof": "boolean"},
		Sig: "metrics_listen(address [, {pprof=}])",
		Doc: "Serves metrics for Prometheus over HTTP on host:port, a socket path or @name. The port is 9628 unless it is given. A socket's file has mode 0660. With {pprof=true} it also serves the Go profiler. There is no authentication.",
	}}
}

// An exporter is what serves the metrics of one daemon.
type exporter struct {
	options   Options
	rt        *runtime.Runtime
	endpoints []*endpoint
	ended     bool // start-up; guarded by the turn
}

// errConfigured is raised by scripts that have kept metrics_listen for later.
var errConfigured = errors.New("metrics can only be asked for while the configuration is read")

// metrics_listen(address [, {pprof=true}]). Raises if the socket cannot be made.
func (e *exporter) listen(L *lua.LState) int {
	runtime.NArgs(L, 1, 2)
	a, ok := runtime.AddressClass.Is(L.Get(1))
	if !ok {
		var err error
		if a, err = relay.ResolveListen(L, runtime.String(L, 1), status.DefaultPort); err != nil {
			runtime.ArgError(L, 1, "%s", err)
		}
	}
	profiler := runtime.Options(L, 2, "pprof").Bool("pprof", false)
	if e.ended {
		runtime.Raise(L, "%s", errConfigured)
	}
	if e.options.DryRun {
		return 0
	}
	l, err := listen(L.Context(), a)
	if err != nil {
		runtime.Raise(L, "%s", err)
	}
	e.rt.OnClose(func() {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			e.options.Logger.Warn("cannot close the metrics listener", "error", err.Error())
		}
	})
	e.endpoints = append(e.endpoints, &endpoint{listener: l, profiler: profiler, logger: e.options.Logger})
	return 0
}

// configured begins to serve. What connected before has waited in the backlog.
func (e *exporter) configured(L *lua.LState) error {
	L.SetGlobal(listenName, lua.LNil)
	e.ended = true
	if len(e.endpoints) == 0 {
		return nil
	}
	r := newRecorder(e.options.Server.Listeners())
	e.options.Server.Observe(r)
	registry, err := e.registry(r)
	if err != nil {
		return err
	}
	for _, p := range e.endpoints {
		p.handler = e.handler(registry, p.profiler)
		e.rt.Spawn(p.serve)
		e.options.Logger.Info("serving metrics", "address", p.listener.Addr().String())
	}
	return nil
}
