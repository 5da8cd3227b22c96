package docs

import (
	"cmp"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"qrelay/modules"
	"qrelay/runtime/luatest"
	"qrelay/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// pages returns all files of the manual.
func pages(t *testing.T) []string {
	t.Helper()
	all := []string{"../README.md", "../CONTRIBUTING.md", "../CHANGELOG.md"}
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestExamples runs the examples of all pages, those of one page in order. It
// prints which it cannot run, and why.
func TestExamples(t *testing.T) {
	var db database
	defer db.close(t)
	count, notRun := 0, ""
	for _, page := range pages(t) {
		t.Run(strings.TrimPrefix(page, "../"), func(t *testing.T) {
			s := newShell(t)
			defer s.close(t)
			for _, b := range readPage(t, page) {
				t.Run(filepath.Base(b.String()), func(t *testing.T) { runBlock(t, b, s, &db) })
				switch {
				case b.kind == "none":
					notRun += fmt.Sprintf("\n  %s: %s", b, b.arg)
				case b.kind != "" || slices.Contains(runnable, b.lang):
					count++
				}
			}
		})
	}
	fmt.Printf("%d examples of the manual were run; not run:%s\n", count, cmp.Or(notRun, " none"))
}

// runnable are the languages of examples that must be run, or say why they
// cannot; shown are those that are only looked at.
var (
	runnable = []string{"lua", "console", "sh", "sql"}
	shown    = []string{"", "text", "ini", "json"}
)

// runBlock runs one example. Lua is run as a script unless the comment before
// it says otherwise; console sessions are typed in.
func runBlock(t *testing.T, b block, s *shell, db *database) {
	switch {
	case b.kind == "none" && b.arg != "":
	case b.kind == "file" && b.arg != "":
		s.write(t, b.arg, b.text)
	case b.lang == "lua" && (b.kind == "" || b.kind == "chunk"):
		db.prepare(t, b)
		luatest.RunChunk(t, "@"+b.String(), b.text, modules.All())
	case b.lang == "lua" && b.kind == "policy":
		if b.arg != "" {
			s.write(t, b.arg, b.text)
		}
		runPolicy(t, b, db)
	case b.lang == "sql" && b.kind == "database" && b.arg != "":
		db.create(t, b.arg, b.text)
	case b.kind == "sh":
		if output, status := s.run(t, b.text); status != 0 {
			t.Errorf("%s: exit status %d: %s", b, status, output)
		}
	case b.lang == "console" && b.kind == "":
		s.session(t, b.text)
	case b.lang == "console" && b.kind == "background":
		s.background(t, b.text)
	case b.kind == "" && slices.Contains(runnable, b.lang):
		t.Errorf("%s: put \"<!-- test: none REASON -->\" in front of it if it cannot be run", b)
	case b.kind != "" || !slices.Contains(shown, b.lang):
		t.Errorf("%s: nobody knows how to run %q, %q", b, b.lang, b.kind)
	}
}
