package relay

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/address"
	"qrelay/runtime/buffer"
	"qrelay/runtime/peer"
	"qrelay/runtime/pond"
	"qrelay/runtime/process"
	"qrelay/runtime/sock"
)

// DefaultMaxInflight is the cap on the bytes of all messages in memory.
const DefaultMaxInflight = 1 << 30

// Options configure a [Server]. The zero value works.
type Options struct {
	// Logger gets one line per noteworthy event; nil means slog.Default().
	Logger *slog.Logger
	// MaxInflight caps the bytes of all messages in memory; 0 means
	// DefaultMaxInflight.
	MaxInflight int64
	// KillDelay is the time between SIGTERM and SIGKILL for programs that must
	// end; 0 means a minute.
	KillDelay time.Duration
	// MaxPrograms is how many programs may run at a time; 0 means
	// process.DefaultMaxPrograms. Further mails wait.
	MaxPrograms int
	// DryRun makes listeners that do not listen, for checking a configuration.
	DryRun bool
}

// A Server has listeners, and relays the mails that come in on them. It is made
// before the Lua runtime, which gets its Module; the configuration script adds
// the listeners; then Serve starts.
type Server struct {
	rt       *runtime.Runtime
	face     *face
	log      *slog.Logger
	dryRun   bool
	limits   limits
	buffers  *buffer.Pool
	children *process.Group
	cgroups  peer.CgroupFS
	watcher  sock.Watcher
	pond     *pond.Sender // nil: none

	logServer address.Address // where pond sends to, or would in a dry run

	listeners  []*listener
	configured bool // no more listeners; guarded by the turn

	onConfigured []func(L *lua.LState) error // of modules
	quota        *quota                      // nil: none
	audience     *audience                   // nil: none
	started      atomic.Bool

	receiving context.Context // ends when the server stops
	stop      context.CancelCauseFunc
	mails     context.Context // ends when the grace period is over
	abort     context.CancelCauseFunc
	workers   sync.WaitGroup
	inflight  atomic.Int64
}

// A listener is one socket with its handler.
type listener struct {
	name    string
	socket  *sock.Listener // nil in a dry run
	handler *lua.LFunction
	maxSize int64
	turn    chan struct{} // to accept; taken by receiving
	idle    atomic.Int64  // workers that have the turn or wait for it

	failures digest // to accept
}

// ErrNoListeners is returned by Start if the configuration made no listener.
//
//lint:ignore ST1005 Compat: the C++ daemon's words, which people search for
var ErrNoListeners = errors.New("No QMQP listeners configured")

// NewServer makes a server without listeners. The caller must Close it.
func NewServer(o Options) *Server {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.MaxInflight == 0 {
		o.MaxInflight = DefaultMaxInflight
	}
	s := &Server{
		log:      o.Logger,
		dryRun:   o.DryRun,
		limits:   defaultLimits(),
		buffers:  buffer.New(o.MaxInflight + int64(frameExtra)),
		children: process.NewGroup(process.Options{KillDelay: o.KillDelay, MaxPrograms: o.MaxPrograms}),
	}
	s.face = newFace(s)
	s.receiving, s.stop = context.WithCancelCause(context.Background())
	s.mails, s.abort = context.WithCancelCause(context.Background())
	return s
}

// Listeners returns the addresses of all listeners.
func (s *Server) Listeners() []string {
	names := make([]string, len(s.listeners))
	for i, l := range s.listeners {
		names[i] = l.name
	}
	return names
}

// Inflight returns the number of connections that are being served.
func (s *Server) Inflight() int64 { return s.inflight.Load() }

// listen adds a listener. Mails wait in its backlog until Serve.
func (s *Server) listen(a address.Address, handler *lua.LFunction, maxSize int64) error {
	l := &listener{name: a.String(), handler: handler, maxSize: maxSize}
	if !s.dryRun {
		socket, err := sock.Listen(a)
		if err != nil {
			return err
		}
		l.socket = socket
		l.name = socket.Addr().String()
		if socket.Replaced() {
			s.log.Warn("another process was listening here, and is cut off now", "address", l.name)
		}
	}
	s.listeners = append(s.listeners, l)
	return nil
}

// listenPassed adds the sockets that the service manager passed; there may be
// none.
func (s *Server) listenPassed(handler *lua.LFunction, maxSize int64) error {
	if s.dryRun {
		s.listeners = append(s.listeners, &listener{name: "systemd", handler: handler, maxSize: maxSize})
		return nil
	}
	sockets, err := sock.Passed()
	if err != nil {
		return err
	}
	for _, socket := range sockets {
		s.listeners = append(s.listeners, &listener{name: socket.Addr().String(), socket: socket, handler: handler, maxSize: maxSize})
	}
	return nil
}

// setPond makes the server send a record for each mail.
func (s *Server) setPond(a address.Address) error {
	sender, err := pond.NewSender(a)
	if err == nil {
		s.pond = sender
	}
	return err
}

// Start begins to accept connections. It fails if there is no listener.
func (s *Server) Start() error {
	if len(s.listeners) == 0 {
		return ErrNoListeners
	}
	for _, l := range s.listeners {
		l.turn = make(chan struct{}, 1)
		l.turn <- struct{}{}
		s.workers.Go(func() { s.work(l) })
		s.log.Info("listening", "address", l.name)
	}
	s.started.Store(true)
	return nil
}

// Stop stops listening and waits for the mails in flight. Once ctx ends, those
// that are left are answered with a temporary failure. It returns when all
// connections are closed.
func (s *Server) Stop(ctx context.Context) {
	s.closeListeners()
	s.stop(errShutdown)
	stop := context.AfterFunc(ctx, func() { s.abort(errShutdown) })
	defer stop()
	s.workers.Wait()
}

func (s *Server) closeListeners() {
	for _, l := range s.listeners {
		if l.socket == nil {
			continue
		}
		if err := l.socket.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			s.log.Warn("cannot close listener", "address", l.name, "error", err.Error())
		}
	}
}

// Close ends programs that are still running and releases everything. Stop
// must have been called if Start was.
func (s *Server) Close(ctx context.Context) error {
	s.closeListeners()
	s.stop(errShutdown)
	s.abort(errShutdown)
	s.watcher.Close()
	err := s.children.Close(ctx)
	if s.pond != nil {
		err = errors.Join(err, s.pond.Close())
	}
	s.buffers.Close()
	return errors.Join(err, s.cgroups.Close())
}
