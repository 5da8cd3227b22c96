package pg

import (
	"context"
	"strings"
	"sync"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
)

const (
	// maxChannelName is that of PostgreSQL's identifiers, in bytes: a longer
	// name would be cut off, and never be notified.
	maxChannelName = 63
	// maxPayloads is how many payloads wait for a callback. If it is so slow
	// that there are more, it is told that some were missed.
	maxPayloads = 1000
)

// A subscription runs a Lua function when a channel is notified.
type subscription struct {
	callback *runtime.Callback
	resync   bool

	mu      sync.Mutex
	pending bool // the function has not been told yet of what follows
	notices notices
}

// notices are the notifications for one run of a function.
type notices struct {
	payloads []string // oldest first
	pid      uint32   // of the process that sent the last one
	missed   bool     // there may have been others
}

// add notes a notification, or that some may have been missed, and has the
// function run.
func (s *subscription) add(note func(n *notices)) {
	s.mu.Lock()
	s.pending = true
	note(&s.notices)
	s.mu.Unlock()
	s.callback.Fire()
}

func (s *subscription) notified(payload string, pid uint32) {
	s.add(func(n *notices) {
		if len(n.payloads) == maxPayloads {
			n.payloads, n.missed = n.payloads[1:], true
		}
		n.payloads = append(n.payloads, payload)
		n.pid = pid
	})
}

func (s *subscription) started() {
	if s.resync {
		s.add(func(n *notices) { n.missed = true })
	}
}

// take returns what the function must be told, false if nothing.
func (s *subscription) take() (notices, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, pending := s.notices, s.pending
	s.notices, s.pending = notices{}, false
	return n, pending
}

// arguments returns payload, pid and payloads: the last two notifications'
// are nil if there was none, and payloads is nil if it is not complete.
func (n notices) arguments(L *lua.LState) []lua.LValue {
	args := []lua.LValue{lua.LNil, lua.LNil, lua.LNil}
	if len(n.payloads) > 0 {
		args[0] = lua.LString(n.payloads[len(n.payloads)-1])
		args[1] = lua.LNumber(n.pid)
	}
	if !n.missed {
		t := L.CreateTable(len(n.payloads), 0)
		for _, p := range n.payloads {
			t.Append(lua.LString(p))
		}
		args[2] = t
	}
	return args
}

// channelName returns argument n, the name of a channel.
func channelName(L *lua.LState, n int) string {
	name := runtime.String(L, n)
	if name == "" || len(name) > maxChannelName || strings.IndexByte(name, 0) >= 0 {
		runtime.ArgError(L, n, "a channel's name has 1 to %d bytes and no NUL", maxChannelName)
	}
	return name
}

// db:listen(name, fn [, {resync = true}])
func (m *module) listen(L *lua.LState) int {
	d := m.database.Check(L, 1)
	runtime.NArgs(L, 2, 3)
	name := channelName(L, 2)
	fn := runtime.Function(L, 3)
	resync := runtime.Options(L, 4, "resync").Bool("resync", false)
	if _, ok := d.channels[name]; ok {
		runtime.ArgError(L, 2, "%q is listened to already", name)
	}
	s := &subscription{resync: resync}
	s.callback = d.rt.CallbackFunc("listener of "+name, func(L *lua.LState, _ []lua.LValue) error {
		if n, ok := s.take(); ok {
			return runtime.Call(L, fn, 0, n.arguments(L)...)
		}
		return nil
	})
	d.channels[name] = s
	if d.err != nil {
		d.log.Error("cannot listen for database notifications", "channel", name, "error", d.err)
		return 0
	}
	d.startListener()
	ch := &channel{notified: s.notified, started: s.started}
	d.listener.listen(name, ch)
	_, _ = runtime.Wait(L, func(ctx context.Context) (struct{}, error) {
		select {
		case <-ch.settled:
		case <-ctx.Done():
		}
		return struct{}{}, nil
	})
	return 0
}

// startListener makes the connection for notifications.
func (d *database) startListener() {
	if d.listener != nil {
		return
	}
	d.listener = newListener(d.pool.cfg, d.log, d.pool.notice)
	d.rt.Spawn(func(ctx context.Context) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(d.life, cancel)()
		d.listener.run(ctx)
	})
}

// db:unlisten(name) -> boolean
func (m *module) unlisten(L *lua.LState) int {
	d := m.database.Check(L, 1)
	runtime.NArgs(L, 1, 1)
	name := channelName(L, 2)
	s, ok := d.channels[name]
	if ok {
		_ = s.callback.Close() // cannot fail
		delete(d.channels, name)
		if d.listener != nil {
			d.listener.unlisten(name)
		}
	}
	L.Push(lua.LBool(ok))
	return 1
}
