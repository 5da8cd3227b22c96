package dialect_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/dialect"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // for os.lua
	os.Exit(m.Run())
}

// stateOptions are those that the engine uses for its states.
var stateOptions = lua.Options{
	SkipOpenLibs:        true,
	RegistrySize:        256,
	RegistryMaxSize:     1 << 20,
	RegistryGrowStep:    1024,
	CallStackSize:       20000,
	MinimizeStackMemory: true,
}

// newState returns a state with the libraries open, which the test closes.
func newState(t testing.TB, o dialect.Options) *lua.LState {
	t.Helper()
	L := lua.NewState(stateOptions)
	t.Cleanup(L.Close)
	dialect.Open(L, o)
	return L
}

// run compiles and runs a chunk and returns its results.
func run(L *lua.LState, name, src string) ([]lua.LValue, error) {
	fn, err := dialect.Load(L, name, []byte(src))
	if err != nil {
		return nil, err
	}
	base := L.GetTop()
	L.Push(fn)
	if err := dialect.PCall(L, 0, lua.MultRet, nil); err != nil {
		return nil, err
	}
	var results []lua.LValue
	for i := base + 1; i <= L.GetTop(); i++ {
		results = append(results, L.Get(i))
	}
	L.SetTop(base)
	return results, nil
}

// TestScripts runs testdata/*.lua: each file asserts what its topic promises.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			L := newState(t, dialect.Options{Stdout: &out})
			L.SetGlobal("output", L.NewFunction(func(L *lua.LState) int {
				L.Push(lua.LString(out.String()))
				out.Reset()
				return 1
			}))
			L.SetGlobal("scratch", lua.LString(t.TempDir()))
			prelude, err := os.ReadFile("testdata/prelude/assert.lua")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := run(L, "@assert.lua", string(prelude)); err != nil {
				t.Fatal(err)
			}
			if _, err := run(L, "@"+file, string(src)); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
