package modules

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"qrelay/runtime"
	"qrelay/runtime/luatest"
	"qrelay/runtime/pgtest"
)

func TestNamesAreUnique(t *testing.T) {
	seen := make(map[string]bool)
	for _, m := range All() {
		if seen[m.Name] || m.Name == "" || m.Doc == "" {
			t.Errorf("module %q: its name is taken, or something is missing", m.Name)
		}
		seen[m.Name] = true
	}
}

// members returns what a script finds in a module and its objects.
func members(m runtime.Module) []runtime.Func {
	all := m.Funcs
	for _, c := range m.Classes {
		all = append(all, c.Members()...)
	}
	return all
}

// The page of each module has a heading and the signature of each function, and
// no heading of anything else.
func TestManual(t *testing.T) {
	heading := regexp.MustCompile(`(?m)^## (.*)$`)
	for _, m := range All() {
		page, err := os.ReadFile("../docs/modules/" + m.Name + ".md")
		if err != nil {
			t.Error(err)
			continue
		}
		text := string(page)
		known := map[string]bool{"json.null": true}
		for _, f := range members(m) {
			name, _, _ := strings.Cut(f.Sig, "(")
			name, _, _ = strings.Cut(name, "{")
			known[name] = true
			if !strings.Contains(text, "\n## "+name+"\n\n    "+f.Sig+"\n\nSince ") {
				t.Errorf("%s.md does not describe %s", m.Name, f.Sig)
			}
			if f.Doc == "" {
				t.Errorf("%s has no description", f.Sig)
			}
		}
		for _, h := range heading.FindAllStringSubmatch(text, -1) {
			if !known[h[1]] {
				t.Errorf("%s.md describes %s, which does not exist", m.Name, h[1])
			}
		}
	}
}

// Every example of the manual runs by itself.
func TestExamples(t *testing.T) {
	for name, value := range pgtest.Start(t, pgtest.Options{}).Env() {
		t.Setenv(name, value)
	}
	block := regexp.MustCompile("(?s)```lua\n(.*?)```")
	for _, m := range All() {
		page, err := os.ReadFile("../docs/modules/" + m.Name + ".md")
		if err != nil {
			t.Error(err)
			continue
		}
		for _, b := range block.FindAllStringSubmatch(string(page), -1) {
			t.Run(m.Name, func(t *testing.T) {
				luatest.RunChunk(t, "="+m.Name+".md", b[1], All())
			})
		}
	}
}
