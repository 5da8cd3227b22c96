package docs

import (
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var quoted = regexp.MustCompile("`([^`]+)`")

// folders returns those in the first column of CONTRIBUTING's table. Of several
// in a row, the first one says where the others are.
func folders(t *testing.T) (all []string) {
	t.Helper()
	text, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(text), "| folder | what it is |\n|---|---|\n")
	if !ok {
		t.Fatal("there is no table of folders")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	for row := range strings.Lines(table) {
		first, _, _ := strings.Cut(strings.TrimPrefix(row, "|"), "|")
		where := ""
		for _, m := range quoted.FindAllStringSubmatch(first, -1) {
			folder := m[1]
			if strings.Contains(folder, "/") {
				where = path.Dir(folder)
			} else {
				folder = path.Join(where, folder)
			}
			all = append(all, folder)
		}
	}
	return all
}

func TestFoldersAreInContributing(t *testing.T) {
	listed := folders(t)
	for _, folder := range listed {
		if _, err := os.Stat("../" + strings.TrimSuffix(folder, "/NAME")); err != nil {
			t.Errorf("CONTRIBUTING.md: %v", err)
		}
	}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, "qrelay/")
		covers := func(folder string) bool {
			if folder == "runtime" {
				return name == folder
			}
			return within(name, strings.TrimSuffix(folder, "/NAME"))
		}
		if !slices.ContainsFunc(listed, covers) {
			t.Errorf("CONTRIBUTING.md does not say what %s is", name)
		}
	}
}
