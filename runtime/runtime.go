package runtime

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/dialect"
)

// Defaults of [Config].
const (
	DefaultTurnLimit     = 10 * time.Second
	DefaultMaxCoroutines = 10_000
)

// ErrClosed is returned by [Runtime.Run] and [Runtime.Main] after
// [Runtime.Close].
var ErrClosed = errors.New("the Lua runtime is closed")

// A Config configures a [Runtime]. The zero value works.
type Config struct {
	// Logger gets the errors of tasks that nobody waits for. Nil means
	// slog.Default().
	Logger *slog.Logger
	// Stdin is io.stdin. Nil means os.Stdin.
	Stdin *os.File
	// Stdout is where print writes, flushed at each line. Nil means os.Stdout.
	Stdout io.Writer
	// Stderr is io.stderr. Nil means os.Stderr.
	Stderr io.Writer
	// Modules become globals and are found by require.
	Modules []Module
	// TurnLimit is how long a task may keep the turn before it is ended with
	// an error. 0 means DefaultTurnLimit, a negative value no limit.
	TurnLimit time.Duration
	// MaxCoroutines caps how many coroutines may be alive (started and not
	// ended) at once. 0 means DefaultMaxCoroutines.
	MaxCoroutines int
	// Exit is called by os.exit with the status. Nil means os.Exit.
	Exit func(status int)
	// Now is the clock of os.time, os.date, and of what modules remember for
	// some time. Nil means time.Now.
	Now func() time.Time
	// Wrap, if set, sees each described function before it is registered and
	// returns what is registered in its place, usually f.Fn or a function that
	// calls it. name is what errors call it, such as "socket:send". A host can
	// watch or replace what scripts do with it, for trials and tests.
	Wrap func(name string, f Func) lua.LGFunction
}

func (o *Config) setDefaults() {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Stdout == nil {
		o.Stdout = os.Stdout
	}
	if o.TurnLimit == 0 {
		o.TurnLimit = DefaultTurnLimit
	}
	if o.MaxCoroutines == 0 {
		o.MaxCoroutines = DefaultMaxCoroutines
	}
	if o.Exit == nil {
		o.Exit = os.Exit
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

// Limits of one Lua thread. Threads start small and grow: a task that waits
// costs a few kilobytes, while a deep recursion ends as the Lua error "stack
// overflow" long before Go's own stack is exhausted.
var threadOptions = lua.Options{
	RegistrySize:        256,
	RegistryMaxSize:     256 * 1024,
	RegistryGrowStep:    1024,
	CallStackSize:       8 * 1024,
	MinimizeStackMemory: true,
	SkipOpenLibs:        true,
	IncludeGoStackTrace: true,
}

// A Runtime is one Lua virtual machine and the tasks that run in it. All
// methods may be called from any goroutine unless they say otherwise.
type Runtime struct {
	opts Config
	vm   *lua.LState // the main thread; runs nothing, makes threads
	turn turn
	life life

	failures atomic.Uint64      // of tasks that nobody waits for
	readings []func() []Reading // does not change after New

	// Guarded by the turn.
	threads    []*lua.LState  // idle, for the next task
	onError    *lua.LFunction // of Call; never changes
	recycled   uint64         // how often a thread went back to the pool
	coroutines int            // started and not ended
	root       owner          // what the main program made; ends with the runtime
}

// New builds a virtual machine, opens the standard libraries in the LuaJIT
// dialect, and the modules of o. The caller must Close it.
func New(o Config) (*Runtime, error) {
	o.setDefaults()
	rt := &Runtime{opts: o, vm: lua.NewState(threadOptions)}
	rt.onError = rt.vm.NewFunction(noteTraceback)
	rt.life.start()
	err := rt.Main(context.Background(), "start", func(L *lua.LState) error {
		rt.open(L)
		return nil
	})
	if err != nil {
		rt.Close()
		return nil, err
	}
	if o.TurnLimit > 0 {
		rt.Spawn(rt.watchTurn)
	}
	return rt, nil
}

// open fills the globals: dialect, engine functions, modules.
func (rt *Runtime) open(L *lua.LState) {
	dialect.Open(L, dialect.Options{
		Stdin:  rt.opts.Stdin,
		Stdout: rt.opts.Stdout,
		Stderr: rt.opts.Stderr,
		Exit:   rt.opts.Exit,
		Now:    rt.opts.Now,
		Block:  block,
		Panic:  rt.panicked,

		Threads: rt.activeThreads,
	})
	rt.openCoroutines(L)
	rt.openBuiltins(L)
	for _, m := range rt.opts.Modules {
		rt.openModule(L, m)
	}
}

// block runs fn, which may wait, without the turn.
func block(L *lua.LState, fn func(ctx context.Context)) {
	_, _ = Wait(L, func(ctx context.Context) (struct{}, error) {
		fn(ctx)
		return struct{}{}, nil
	})
}

// Logger returns the logger of the options.
func (rt *Runtime) Logger() *slog.Logger { return rt.opts.Logger }

// Now returns the time by the clock of the options. It may be called while
// holding the turn.
func (rt *Runtime) Now() time.Time { return rt.opts.Now() }

// Spawn runs fn on a goroutine that belongs to the runtime: fn's context ends
// when Close is called, and Close waits for fn. fn does not hold the turn. It
// is not run if the runtime is closed already.
func (rt *Runtime) Spawn(fn func(ctx context.Context)) {
	if rt.life.enter(nil) {
		go func() {
			defer rt.life.leave(nil)
			fn(rt.life.ctx)
		}()
	}
}

// OnClose registers a function that Close calls after all tasks have ended,
// the last registered first.
func (rt *Runtime) OnClose(fn func()) { rt.life.onClose(fn) }

// Close cancels all tasks and background goroutines, waits for them, and
// releases what the main program made. It must not be called from a task.
func (rt *Runtime) Close() error {
	if !rt.life.stop() {
		return nil
	}
	rt.life.wait()

	rt.turn.take(nil)
	err := rt.root.end()
	rt.turn.give()
	for _, fn := range rt.life.closers() {
		fn()
	}
	rt.vm.Close()
	return err
}
