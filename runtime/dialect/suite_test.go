package dialect_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/dialect"
)

// suite are files of the Lua 5.1 test suite, as gopher-lua ships it, and of
// gopher-lua's own tests. Those in both must pass on plain gopher-lua and with
// the dialect; those in dialectOnly need the dialect.
var (
	suiteBoth = map[string][]string{
		"_lua5.1-tests": {
			"attrib.lua", "calls.lua", "closure.lua", "constructs.lua", "events.lua", "files.lua",
			"literals.lua", "locals.lua", "math.lua", "pm.lua", "sort.lua", "strings.lua", "vararg.lua",
		},
		// Not os.lua: it is about os.setenv, which is not Lua.
		"_glua-tests": {
			"base.lua", "coroutine.lua", "db.lua", "goto.lua", "issues.lua", "math.lua",
			"strings.lua", "table.lua", "vm.lua",
		},
	}
	// Also nextvar.lua, but its sparse tables take 1 GB and half a minute.
	suiteDialectOnly = map[string][]string{
		"_lua5.1-tests": {"checktable.lua", "code.lua", "verybig.lua"},
	}
)

// gopherWords are texts of gopher-lua that its own tests expect, and what
// LuaJIT says or does in their place.
var gopherWords = strings.NewReplacer(
	"ecode == 1)", "ecode == 21)",
	`"attempt to call a non-function object"`, `"attempt to call field 'notfound' (a nil value)"`,
	`"bad argument #1 to pcall"`, `"bad argument #1 to 'pcall'"`,
	`"__unm undefined"`, `"attempt to perform arithmetic on"`,
	`"for statement init must be a number"`, `"'for' initial value must be a number"`,
	`"for statement limit must be a number"`, `"'for' limit must be a number"`,
	`"for statement step must be a number"`, `"'for' step must be a number"`,
	`"cannot perform add operation between table and function"`, `"attempt to perform arithmetic on a table value"`,
	`"cannot perform concat operation between table and function"`, `"attempt to concatenate a table value"`,
	"math.max()\nend)\nassert(not ok and string.find(msg, \"wrong number", "math.max()\nend)\nassert(not ok and string.find(msg, \"no value\")) --",
	"math.min()\nend)\nassert(not ok and string.find(msg, \"wrong number", "math.min()\nend)\nassert(not ok and string.find(msg, \"no value\")) --",
	`"GopherLua does not support the string.dump"`, `"function expected, got no value"`,
	`"hello hello %c world world %c"`, `"hello hello c world world c"`,
	`debug.getinfo(1, "a") == nil`, `not pcall(debug.getinfo, 1, "a")`,
	"\n@TAB@[G]: ?]]", "]]\n",
	"[G]: in", "[C]: in",
)

// librarySource is the folder of gopher-lua's source.
func librarySource(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/yuin/gopher-lua").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// enterSuite changes to a copy of a folder of tests, which write files.
func enterSuite(t *testing.T, folder string) {
	t.Helper()
	work := t.TempDir()
	if err := os.CopyFS(work, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	err := filepath.Walk(work, func(path string, _ os.FileInfo, _ error) error { return os.Chmod(path, 0o755) })
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(work)
}

func TestLuaSuite(t *testing.T) {
	source := librarySource(t)
	for folder, files := range suiteBoth {
		enterSuite(t, filepath.Join(source, folder))
		for _, file := range files {
			t.Run(folder+"/"+file, func(t *testing.T) {
				t.Run("plain", func(t *testing.T) { runPlain(t, file) })
				t.Run("dialect", func(t *testing.T) { runDialect(t, file) })
			})
		}
	}
}

func TestLuaSuiteDialectOnly(t *testing.T) {
	source := librarySource(t)
	for folder, files := range suiteDialectOnly {
		enterSuite(t, filepath.Join(source, folder))
		for _, file := range files {
			t.Run(folder+"/"+file, func(t *testing.T) { runDialect(t, file) })
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
	L := newState(t, dialect.Options{})
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run(L, "@"+file, gopherWords.Replace(string(src))); err != nil {
		t.Error(err)
	}
}
