package relay

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"
	"go.uber.org/goleak"

	"qrelay/runtime"
	"qrelay/runtime/await"
	"qrelay/runtime/pond"
)

// A bed is a running server with all that it talks to.
type bed struct {
	t       testing.TB
	dir     string
	server  *Server
	rt      *runtime.Runtime
	log     await.Log // what the server logs, one line per entry
	printed await.Log // by scripts
	records *recorder
	hop     *hop // nil: none
	fds     []string
	leaks   goleak.Option
}

// A plan says what is special about a bed.
type plan struct {
	Options
	limits    limits
	turnLimit time.Duration
	hop       *hop   // {hop} in the configuration
	broken    Action // a global

	connectOptions string // {options} in the configuration
}

// newBed starts a server. In its configuration {dir} stands for a folder,
// {sock} for a path in it to listen on, {log} for the address of the recorder.
// At the end of the test nothing may be left of it.
func newBed(t testing.TB, config string, set ...func(*plan)) *bed {
	t.Helper()
	b := prepare(t, config, set...)
	if err := b.server.Start(); err != nil {
		t.Fatal(err)
	}
	return b
}

// prepare is newBed without Start. It fails the test if the configuration does.
func prepare(t testing.TB, config string, set ...func(*plan)) *bed {
	t.Helper()
	b, err := configure(t, config, set...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// configure runs a configuration, and returns its error.
func configure(t testing.TB, config string, set ...func(*plan)) (*bed, error) {
	t.Helper()
	b := &bed{t: t, fds: openFDs(t), leaks: goleak.IgnoreCurrent()}
	b.dir = shortDir(t)
	b.records = newRecorder(t)
	p := &plan{limits: defaultLimits()}
	p.Logger = slog.New(slog.NewTextHandler(&b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	for _, f := range set {
		f(p)
	}
	b.hop = p.hop
	b.server = NewServer(p.Options)
	b.server.limits = p.limits
	var err error
	b.rt, err = runtime.New(runtime.Config{
		Logger: p.Logger, Stdout: &b.printed, TurnLimit: p.turnLimit,
		Modules: []runtime.Module{b.server.Module()},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.end)
	if p.broken != nil {
		b.setGlobal("broken", p.broken)
	}
	if err := b.rt.DoString(t.Context(), "@config.lua", b.expand(strings.ReplaceAll(config, "{options}", cmp.Or(p.connectOptions, "nil")))); err != nil {
		return b, err
	}
	return b, b.rt.Main(t.Context(), "configured", b.server.Configured)
}

// handle starts a server whose handler has this body. Its name for the mail
// is m.
func handle(t testing.TB, body string, set ...func(*plan)) *bed {
	t.Helper()
	return newBed(t, "log_server = '{log}' qmqp_listen('{sock}', function(m) "+body+" end)", set...)
}

// handlers starts a server that decides by the local part of the sender.
func handlers(t testing.TB, bodies map[string]string, set ...func(*plan)) *bed {
	t.Helper()
	var table strings.Builder
	for name, body := range bodies {
		fmt.Fprintf(&table, "[%q] = function(m) %s end, ", name, body)
	}
	return handle(t, "local how = {"+table.String()+"} return how[m.sender:match('^[^@]*')](m)", set...)
}

func (b *bed) expand(text string) string {
	pairs := []string{"{dir}", b.dir, "{sock}", b.path(), "{log}", b.records.addr}
	if b.hop != nil {
		pairs = append(pairs, "{hop}", b.hop.addr)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// path is where {sock} listens.
func (b *bed) path() string { return filepath.Join(b.dir, "q") }

// end stops the server and looks for what it has left behind.
func (b *bed) end() {
	t := b.t
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	b.server.Stop(ctx)
	if ctx.Err() != nil {
		t.Errorf("connections left that do not end by themselves")
	}
	if n := b.server.Inflight(); n != 0 {
		t.Errorf("%d connections in flight after Stop", n)
	}
	b.checkMemory()
	if err := b.server.Close(ctx); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := b.rt.Close(); err != nil {
		t.Errorf("closing the runtime: %v", err)
	}
	if r, ok := b.records.next(); ok {
		t.Errorf("a log record too many: %+v", r)
	}
	b.records.close()
	if b.hop != nil {
		b.hop.close()
	}
	if c := children(t); len(c) != 0 {
		t.Errorf("children left: %v", c)
	}
	if now := openFDs(t); len(now) > len(b.fds) {
		t.Errorf("descriptors before: %q, after: %q", b.fds, now)
	}
	goleak.VerifyNone(t, b.leaks)
}

// checkMemory fails the test if the memory of a request was not given back.
func (b *bed) checkMemory() {
	all, err := b.server.buffers.Get(context.Background(), int(b.server.buffers.Limit()), 0)
	if err != nil {
		b.t.Errorf("memory of requests is still in use")
		return
	}
	b.server.buffers.Put(all)
}

// submit sends a request, and returns the reply (its letter and text) and the
// log record, which must be there before the reply.
func (b *bed) submit(request string) (reply string, record pond.Record) {
	b.t.Helper()
	reply = b.dial().exchange(request)
	record, ok := b.records.next()
	if !ok {
		b.t.Errorf("%.60q: no log record before the reply %q", request, reply)
	}
	return reply, record
}

// reply is submit without the record.
func (b *bed) reply(request string) string {
	b.t.Helper()
	reply, _ := b.submit(request)
	return reply
}

// wants submits a mail from name@example.com and checks the reply.
func (b *bed) wants(name, want string) {
	b.t.Helper()
	if got := b.reply(mailFrom(name + "@example.com")); got != want {
		b.t.Errorf("%s: got %q, want %q\n%s", name, got, want, b.log.String())
	}
}

// logged fails the test unless a log line has all the parts.
func (b *bed) logged(parts ...string) {
	b.t.Helper()
	if b.log.Count(parts...) == 0 {
		b.t.Errorf("no log line with %q in:\n%s", parts, b.log.String())
	}
}

// eventually waits until something is true.
var eventually = await.Until

// shortDir makes a folder whose name leaves room for socket paths, which may
// have 107 bytes.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "qr")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// full tells whether messages have taken all the memory that they may.
func (b *bed) full() bool {
	some, err := b.server.buffers.Get(context.Background(), firstRead, 0)
	if err == nil {
		b.server.buffers.Put(some)
	}
	return err != nil
}

// setGlobal gives scripts an action, as modules can.
func (b *bed) setGlobal(name string, a Action) {
	b.t.Helper()
	err := b.rt.Main(b.t.Context(), "global", func(L *lua.LState) error {
		L.SetGlobal(name, actionClass.New(L, a))
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}
