package dialect_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/dialect"
)

// libraryTests are files of the Lua 5.1 test suite, as gopher-lua ships it, and
// of gopher-lua's own tests. All of them pass on plain gopher-lua, and none may
// fail with the dialect.
var libraryTests = map[string][]string{
	"_lua5.1-tests": {
		"attrib.lua", "calls.lua", "closure.lua", "constructs.lua", "events.lua", "files.lua",
		"literals.lua", "locals.lua", "math.lua", "pm.lua", "sort.lua", "strings.lua", "vararg.lua",
	},
	"_glua-tests": {
		"base.lua", "coroutine.lua", "db.lua", "goto.lua", "issues.lua", "math.lua", "os.lua",
		"strings.lua", "table.lua", "vm.lua",
	},
}

// librarySource is the folder of gopher-lua's source.
func librarySource(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/yuin/gopher-lua").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func TestLuaSuite(t *testing.T) {
	source := librarySource(t)
	for folder, files := range libraryTests {
		// The scripts write files next to themselves.
		work := t.TempDir()
		if err := os.CopyFS(work, os.DirFS(filepath.Join(source, folder))); err != nil {
			t.Fatal(err)
		}
		if err := filepath.Walk(work, func(path string, _ os.FileInfo, _ error) error { return os.Chmod(path, 0o755) }); err != nil {
			t.Fatal(err)
		}
		t.Chdir(work)
		for _, file := range files {
			t.Run(folder+"/"+file, func(t *testing.T) {
				t.Run("plain", func(t *testing.T) { runPlain(t, file) })
				t.Run("dialect", func(t *testing.T) { runDialect(t, file) })
			})
		}
	}
}

func runPlain(t *testing.T, file string) {
	L := lua.NewState(lua.Options{RegistrySize: 1024 * 20, CallStackSize: 1024})
	defer L.Close()
	if err := L.DoFile(file); err != nil {
		t.Error(err)
	}
}

func runDialect(t *testing.T, file string) {
	started := time.Now()
	L := newState(t, dialect.Options{})
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run(L, "@"+file, string(src)); err != nil {
		t.Error(err)
	}
	t.Log(time.Since(started))
}
