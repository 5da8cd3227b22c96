package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPageIsUpToDate(t *testing.T) {
	want, err := page()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../docs/licenses.md")
	if err != nil || string(got) != want {
		t.Errorf("docs/licenses.md does not fit the dependencies (%v): run \"make -C packaging licenses\"", err)
	}
	for _, must := range []string{
		"| Go standard library |  | BSD-3-Clause |",
		"| github.com/yuin/gopher-lua | v",
		"Copyright 2009 The Go Authors.",
		"CoreOS Project", // from a NOTICE
	} {
		if !strings.Contains(want, must) {
			t.Errorf("the page has no %q", must)
		}
	}
	for _, no := range []string{"| qrelay", "staticcheck", "goleak"} {
		if strings.Contains(want, no) {
			t.Errorf("the page has %q, which is not in the programs", no)
		}
	}
}

// folder makes a module's folder with these files.
func folder(t *testing.T, files map[string]string) module {
	t.Helper()
	m := module{path: "example.org/m", dir: t.TempDir()}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(m.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

const (
	bsd2 = "Copyright\n\nRedistribution and use in source and binary\nforms, with or without"
	bsd3 = bsd2 + " ... may be used to\n  endorse or promote products derived\nfrom this software"
)

func TestRead(t *testing.T) {
	for _, c := range []struct {
		files         map[string]string
		license, text string
	}{
		{map[string]string{"LICENSE": "\n" + bsd2 + " \r\n"}, "BSD-2-Clause", bsd2},
		{map[string]string{"COPYING": bsd3, "NOTICE": "by me"}, "BSD-3-Clause", bsd3 + "\n\nby me"},
		{map[string]string{"LICENSE.txt": "ISC License\nPermission to use, copy, modify, and/or distribute this software for any purpose"}, "ISC",
			"ISC License\nPermission to use, copy, modify, and/or distribute this software for any purpose"},
	} {
		n, err := read(folder(t, c.files))
		if err != nil || n.license != c.license || n.text != c.text {
			t.Errorf("got %s %q, %v; want %s %q", n.license, n.text, err, c.license, c.text)
		}
	}
}

func TestReadFails(t *testing.T) {
	for want, files := range map[string]map[string]string{
		"example.org/m has none of LICENSE, ":   {"README": bsd2},
		"the license of example.org/m is none":  {"LICENSE": "GNU GENERAL PUBLIC LICENSE"},
		"the license of example.org/m is none ": {"LICENSE": "", "NOTICE": bsd2},
	} {
		if _, err := read(folder(t, files)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got the error %v, want %q", err, want)
		}
	}
}

func TestRender(t *testing.T) {
	page := render([]notice{
		{module{"a", "v1", ""}, "MIT", "one"}, {module{"b", "v2", ""}, "MIT", "two"}, {module{"c", "v3", ""}, "MIT", "one"},
	})
	want := "| a | v1 | MIT |\n| b | v2 | MIT |\n| c | v3 | MIT |\n\n## a, c\n\n```text\none\n```\n\n## b\n\n```text\ntwo\n```\n"
	if !strings.HasSuffix(page, "|---|---|---|\n"+want) {
		t.Errorf("got %s", page)
	}
}
