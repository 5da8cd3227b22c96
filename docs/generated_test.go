package docs

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"qrelay/modules"
	"qrelay/runtime"
	"qrelay/runtime/describe"
	"qrelay/runtime/describe/man"
	"qrelay/runtime/describe/reference"
	"qrelay/runtime/metrics"
	"qrelay/runtime/relay"
	"qrelay/runtime/trial"
	"qrelay/tests/harness"
)

var update = flag.Bool("update", false, "write the generated files anew")

// daemonModules returns what policies have.
func daemonModules(t *testing.T) []runtime.Module {
	t.Helper()
	s := relay.NewServer(relay.Options{DryRun: true})
	t.Cleanup(func() { s.Close(context.Background()) })
	return append([]runtime.Module{s.Module(), metrics.Module(metrics.Options{Server: s, DryRun: true})}, modules.All()...)
}

// catalog fails if a function lacks a description.
func catalog(t *testing.T) *describe.Catalog {
	t.Helper()
	tests := runtime.Module{Name: "testing", Doc: "What test files of policies have besides.", Funcs: trial.TestFuncs()}
	c, err := describe.Collect(append(daemonModules(t), tests)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// generated compares the files of a folder that match a pattern with what they
// should be, or writes them.
func generated(t *testing.T, folder, pattern string, want map[string]string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, pattern))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		if _, ok := want[filepath.Base(path)]; !ok {
			t.Errorf("%s is not generated any more: remove it", path)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		path := filepath.Join(folder, name)
		if *update {
			if err := errors.Join(os.MkdirAll(folder, 0o755), os.WriteFile(path, []byte(want[name]), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if string(got) != want[name] {
			t.Errorf("%s is out of date: run \"go generate ./docs\"", path)
		}
	}
}

func TestGeneratedReference(t *testing.T) {
	titles := map[string]string{"engine": "The engine", "qrelay": "The relay", "metrics": "Monitoring", "testing": "Tests of policies"}
	links := descriptions(t)
	generated(t, "reference", "*.md", reference.Pages(catalog(t), reference.Options{
		Title: func(m *describe.Module) string {
			if title, ok := titles[m.Name]; ok {
				return title
			}
			return m.Name
		},
		More: func(name string) string { return links[name] },
	}))
}

// descriptions returns links to the headings of the hand-written pages that are
// the names of functions and attributes.
func descriptions(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("modules/*.md")
	if err != nil {
		t.Fatal(err)
	}
	links := map[string]string{}
	for _, file := range append(files, "mail.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(string(text), ""), -1) {
			links[m[1]] = "../" + file + "#" + reference.Anchor(m[1])
		}
	}
	return links
}

func TestGeneratedManPages(t *testing.T) {
	source := man.Source{Catalog: catalog(t), Help: func(args ...string) (string, error) {
		output, err := exec.Command(harness.Program(args[0]), args[1:]...).Output()
		return string(output), err
	}}
	templates, err := filepath.Glob("man/*.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{}
	for _, file := range templates {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".tmpl")
		if pages[name], err = source.Render(name, string(text)); err != nil {
			t.Error(err)
		}
	}
	generated(t, "man", "*.[1-9]", pages)
	if len(pages) != 3 {
		t.Errorf("%d man pages", len(pages))
	}
	for name := range pages {
		lint(t, filepath.Join("man", name))
	}
}

// lint has a formatter complain about a man page.
func lint(t *testing.T, path string) {
	t.Helper()
	program, err := exec.LookPath("groff")
	if err != nil {
		t.Fatal("groff not found: install the Debian package groff-base")
	}
	var complaints, text strings.Builder
	cmd := exec.Command(program, "-man", "-Tutf8", "-Kutf8", "-P-cbu", "-ww", path)
	cmd.Stdout, cmd.Stderr = &text, &complaints
	if err := cmd.Run(); err != nil || complaints.String() != "" || !strings.Contains(text.String(), "NAME") {
		t.Errorf("%s: %v\n%s", path, err, complaints.String())
	}
}

// The page about mails has a heading and the signature of each member of mails and
// control groups, and no heading of one that is not there.
func TestMailPage(t *testing.T) {
	text, err := os.ReadFile("mail.md")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, m := range catalog(t).Modules {
		for _, c := range m.Classes {
			if c.Name != "mail" && c.Name != "cgroup" {
				continue
			}
			for _, f := range slices.Concat(c.Attrs, c.Methods) {
				known[f.Callee] = true
				if !strings.Contains(string(text), "\n### "+f.Callee+"\n\n    "+f.Sig+"\n\nSince "+f.Since) {
					t.Errorf("mail.md does not describe %s", f.Sig)
				}
			}
		}
	}
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(string(text), ""), -1) {
		if strings.ContainsAny(m[1], ".:") && !known[m[1]] {
			t.Errorf("mail.md describes %s, which does not exist", m[1])
		}
	}
}

// Everything that the modules bring into the virtual machine is described.
func TestEverythingIsDescribed(t *testing.T) {
	known := map[string]bool{}
	for _, m := range catalog(t).Modules {
		known[m.Name] = true
		for _, v := range m.Values {
			known[v.Name] = true
		}
		m.All(func(f *describe.Function) { known[f.Callee] = true })
	}
	standard := globals(t, runtime.Config{Modules: nil})
	for _, f := range runtime.Builtins() {
		delete(standard, f.Name)
	}
	all := globals(t, runtime.Config{Modules: daemonModules(t)})
	for name := range all {
		if !standard[name] && !known[name] && !known[strings.Replace(name, ".", ":", 1)] {
			t.Errorf("%s is not described", name)
		}
	}
	for _, name := range []string{"sleep", "qmqp_listen", "systemd", "json.null", "pg.new"} {
		if !all[name] {
			t.Errorf("%s does not exist", name)
		}
	}
}

// globals returns the names of all globals and their members.
func globals(t *testing.T, c runtime.Config) map[string]bool {
	t.Helper()
	rt, err := runtime.New(c)
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	names := map[string]bool{}
	err = rt.Main(t.Context(), "globals", func(L *lua.LState) error {
		L.G.Global.ForEach(func(key, value lua.LValue) {
			names[key.String()] = true
			if table, ok := value.(*lua.LTable); ok && key.String() != "_G" && key.String() != "package" {
				table.ForEach(func(member, _ lua.LValue) { names[key.String()+"."+member.String()] = true })
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
