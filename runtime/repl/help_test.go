package repl

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"qrelay/modules"
	"qrelay/runtime"
	"qrelay/runtime/relay"
)

// allModules returns those of the daemon.
func allModules(t *testing.T) []runtime.Module {
	s := relay.NewServer(relay.Options{DryRun: true})
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return append([]runtime.Module{s.Module()}, modules.All()...)
}

// Every function that Lua sees, in globals, libraries, modules and classes, is
// described, and so is every attribute.
func TestEverythingHasHelp(t *testing.T) {
	all := allModules(t)
	help := newHelpIndex(all)
	described := func(name string) {
		t.Helper()
		topics := help.find(name)
		if len(topics) == 0 {
			t.Errorf("%s is not described", name)
		}
		for _, topic := range topics {
			if topic.sig == "" || topic.doc == "" && !strings.HasPrefix(topic.sig, "library ") {
				t.Errorf("%s lacks a signature or description: %+v", name, topic)
			}
		}
	}
	for _, m := range all {
		described(m.Name)
		for _, class := range m.Classes {
			described(class.ClassName())
			for _, f := range class.Members() {
				described(class.ClassName() + "." + f.Name)
			}
		}
	}
	rt, err := runtime.New(runtime.Config{Modules: all, Stdout: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	names := functionNames(t, rt)
	for _, name := range names {
		described(name)
	}
	if len(names) < 150 {
		t.Errorf("only %d functions", len(names))
	}
}

// functionNames lists the functions in globals, libraries and modules, and those
// of files.
func functionNames(t *testing.T, rt *runtime.Runtime) []string {
	t.Helper()
	var names []string
	err := rt.Main(t.Context(), "names", func(L *lua.LState) error {
		var walk func(prefix string, table *lua.LTable)
		walk = func(prefix string, table *lua.LTable) {
			table.ForEach(func(key, value lua.LValue) {
				if key.Type() != lua.LTString {
					return // package.loaders
				}
				name := prefix + key.String()
				switch inner, isTable := value.(*lua.LTable); {
				case value.Type() == lua.LTFunction:
					names = append(names, name)
				case isTable && inner != L.G.Global && name != "package.loaded" && name != "package.preload":
					walk(name+".", inner)
				}
			})
		}
		walk("", L.G.Global)
		file := L.GetField(L.GetGlobal("io"), "stdout")
		walk("file.", indexTable(L.GetMetaField(file, "__index")))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestHelpFindsNames(t *testing.T) {
	help := newHelpIndex(allModules(t))
	for name, want := range map[string]string{
		"json.dump":      "json.dump(value) -> text",
		"dump":           "",
		"m:discard":      "m:discard() -> action",
		"mail.discard":   "m:discard() -> action",
		"mail.sender":    "mail.sender",
		"sleep":          "sleep(seconds)",
		"coroutine.wrap": "coroutine.wrap(f) -> function",
		"file:seek":      "file:seek([whence [, offset]]) -> position",
		"json.null":      "json.null (userdata)",
		"utf8":           "library utf8",
		"coroutine":      "library coroutine",
	} {
		topics := help.find(name)
		if want == "" && len(topics) > 1 {
			continue
		}
		if len(topics) != 1 || topics[0].sig != want {
			t.Errorf("%s: %+v", name, topics)
		}
	}
	if topics := help.find("nonsense"); topics != nil {
		t.Errorf("nonsense: %+v", topics)
	}
	if names := help.similar("hex"); len(names) != 3 {
		t.Errorf("similar to hex: %q", names)
	}
	for misspelt, meant := range map[string]string{"slep": "sleep", "db:exceute": "pg.Connection:execute", "json.dmup": "json.dump", "Qmqp_lisen": "qmqp_listen"} {
		if names := help.similar(misspelt); !slices.Contains(names, meant) {
			t.Errorf("similar to %s: %q", misspelt, names)
		}
	}
	if names := help.similar("nonsense"); names != nil {
		t.Errorf("similar to nonsense: %q", names)
	}
}

func TestHelpCommand(t *testing.T) {
	stdout, stderr, _ := run(t, ".help\n.help .mail\n.help json.dump()\ndb = pg:new('')\n.help db\n.help db.execute\n.help m.sender\n.help hexagon\n.help slep\n.help a b\n", "-i")
	for _, want := range []string{
		".listeners  list where", "modules    qrelay ", "functions  sleep inspect", "> .mail FILE [-f SENDER]",
		"> json.dump(value) -> text\n    ", "> class pg.Connection\n", "> db:execute(sql [, params]) -> result | nil, err\n", "> mail.sender\n",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	if stderr != "there is no help for hexagon\nthere is no help for slep; there is: sleep\n.help takes one name\n" {
		t.Errorf("errors are %q", stderr)
	}
}
