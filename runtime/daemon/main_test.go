package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"
	"go.uber.org/goleak"

	"qrelay/runtime"
)

// daemonEnv in the environment turns the test program into a daemon. Its value
// is an order in JSON.
const daemonEnv = "DAEMON_TEST_ORDER"

// An order says how a daemon of the tests is run.
type order struct {
	Config     string
	Check      bool // instead of serving
	Grace      time.Duration
	TurnLimit  time.Duration
	LastResort time.Duration
	User       int    // that the process has from the start; 0: that of the test
	Become     string // Options.User
	Sockets    int    // descriptors from 3 on that the service manager passes
}

func TestMain(m *testing.M) {
	if text := os.Getenv(daemonEnv); text != "" {
		os.Exit(runDaemon(text))
	}
	goleak.VerifyTestMain(m)
}

// runDaemon is the daemon's main function.
func runDaemon(text string) int {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		panic(err)
	}
	os.Unsetenv(daemonEnv)
	if o.Sockets > 0 { // only the daemon itself knows its number
		os.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid()))
		os.Setenv("LISTEN_FDS", strconv.Itoa(o.Sockets))
	}
	if o.User != 0 {
		if err := syscall.Setuid(o.User); err != nil {
			panic(err)
		}
	}
	options := Options{
		Config: o.Config, Grace: o.Grace, TurnLimit: o.TurnLimit, User: o.Become, lastResort: o.LastResort,
		Logger:  slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Modules: []runtime.Module{testModule()},
	}
	var err error
	if o.Check {
		err = Check(context.Background(), options, os.Stdout)
	} else {
		err = Serve(context.Background(), options)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		var script *runtime.ScriptError
		if errors.As(err, &script) {
			fmt.Fprintln(os.Stderr, script.Traceback)
		}
		return 1
	}
	return lookForLeaks()
}

// lookForLeaks reports goroutines that the daemon has left behind.
func lookForLeaks() int {
	if err := goleak.Find(goleak.IgnoreTopFunction("os/signal.signal_recv"), goleak.IgnoreTopFunction("os/signal.loop")); err != nil {
		fmt.Fprintln(os.Stderr, "LEAK:", err)
		return 3
	}
	return 0
}

// testModule has a function that never returns, as no function should.
func testModule() runtime.Module {
	return runtime.Module{Name: "test", Funcs: []runtime.Func{
		{Name: "hang", Fn: func(*lua.LState) int { select {} }},
	}}
}
