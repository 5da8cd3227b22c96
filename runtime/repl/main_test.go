package repl

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"go.uber.org/goleak"

	"qrelay/modules"
	"qrelay/runtime"
)

// asProgram is set in the environment of this test when it runs as the program
// under test.
const asProgram = "QRELAY_LUA_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(Main(context.Background(), Options{
			Args: os.Args[1:], Modules: testModules(), Version: "1.0",
			Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
		}))
	}
	goleak.VerifyTestMain(m)
}

// testModules are those of the program, with a database that needs no server,
// and a function to make things happen in the background.
func testModules() []runtime.Module {
	all := slices.DeleteFunc(modules.All(), func(m runtime.Module) bool { return m.Name == "pg" })
	return append(all, fakeDatabase(), runtime.Module{
		Name: "background",
		Doc:  "Things that happen while the prompt waits.",
		Open: func(rt *runtime.Runtime, L *lua.LState) lua.LValue {
			return rt.NewTable(L, "background", []runtime.Func{{
				Name: "on_signal", Fn: onSignal, Sig: "background.on_signal(fn)",
				Doc: "Has fn run for each SIGUSR1.",
			}})
		},
	})
}

// onSignal runs a function for each SIGUSR1 that the process gets.
func onSignal(L *lua.LState) int { return spawnOnSignal(L, runtime.Function(L, 1)) }

func spawnOnSignal(L *lua.LState, fn *lua.LFunction, args ...lua.LValue) int {
	rt := runtime.Of(L)
	callback := rt.Callback("on_signal", fn)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	rt.Spawn(func(ctx context.Context) {
		defer signal.Stop(signals)
		for {
			select {
			case <-signals:
				callback.Fire(args...)
			case <-ctx.Done():
				return
			}
		}
	})
	return 0
}

// fakeDatabase is a pg module whose databases answer "f" to every query, but
// for the host "down".
func fakeDatabase() runtime.Module {
	result := runtime.Class[int]{
		Name:    "pg.Result",
		Methods: []runtime.Func{{Name: "fetch", Sig: "result:fetch() -> table", Doc: "Returns a row.", Fn: fetchFake}},
		Meta: []runtime.Func{{Name: "__len", Sig: "#result -> number", Doc: "The number of rows.", Fn: func(L *lua.LState) int {
			L.Push(lua.LNumber(1))
			return 1
		}}},
	}
	database := &runtime.Class[string]{Name: "pg.Connection"}
	database.Methods = []runtime.Func{{
		Name: "execute", Sig: "db:execute(sql [, params]) -> result | nil, err", Doc: "Runs an SQL statement. Waits.",
		Fn: func(L *lua.LState) int {
			if database.Check(L, 1) == "host=down" {
				return runtime.Fail(L, errors.New("connect down:5432: connection refused"))
			}
			L.Push(result.New(L, 1))
			return 1
		},
	}}
	database.Methods = append(database.Methods, runtime.Func{
		Name: "listen", Sig: "db:listen(name, fn)", Doc: "Has fn run for each SIGUSR1, as if the channel were notified.",
		Fn: func(L *lua.LState) int { return spawnOnSignal(L, runtime.Function(L, 3), lua.LString("alice")) },
	})
	return runtime.Module{
		Name: "pg", Doc: "A PostgreSQL client.", Classes: []runtime.Describer{database, &result},
		Open: func(rt *runtime.Runtime, L *lua.LState) lua.LValue {
			return rt.NewTable(L, "pg:", []runtime.Func{{Name: "new", Sig: "pg:new(conninfo) -> db", Doc: "Returns a database.", Fn: func(L *lua.LState) int {
				L.Push(database.New(L, runtime.String(L, 2)))
				return 1
			}}})
		},
	}
}

func fetchFake(L *lua.LState) int {
	row := L.NewTable()
	row.RawSetString("blocked", lua.LString("f"))
	L.Push(row)
	return 1
}

// program prepares a run of the program with a home of its own.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "HOME="+t.TempDir(), "XDG_STATE_HOME=", "QRELAY_LUA_HISTORY=", "NO_COLOR=", "TERM=xterm-256color", "GORACE=atexit_sleep_ms=0 halt_on_error=1")
	return cmd
}

// run runs the program and returns what it wrote and its exit status.
func run(t *testing.T, stdin string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	cmd := program(t, args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// write makes a file in a fresh folder.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}
