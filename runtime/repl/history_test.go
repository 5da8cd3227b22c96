package repl

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func openTestHistory(t *testing.T, path string) *history {
	t.Helper()
	h, err := openHistory(path)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHistoryIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "folder", "history")
	h := openTestHistory(t, path)
	chunks := []string{"one", "two\nlines", `back\slash \n`, "ü"}
	for _, chunk := range append(slices.Clone(chunks), "ü", "", " secret", strings.Repeat("x", maxEntry+1)) {
		h.add(chunk)
	}
	if !slices.Equal(h.entries, chunks) {
		t.Errorf("remembered %q", h.entries)
	}
	if again := openTestHistory(t, path); !slices.Equal(again.entries, chunks) {
		t.Errorf("kept %q", again.entries)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	h := openTestHistory(t, path)
	for i := range 2*maxHistory + 1 {
		h.add(fmt.Sprint(i))
	}
	if len(h.entries) != maxHistory || h.entries[maxHistory-1] != fmt.Sprint(2*maxHistory) {
		t.Errorf("%d entries", len(h.entries))
	}
	again := openTestHistory(t, path)
	if !slices.Equal(again.entries, h.entries) {
		t.Errorf("%d entries were kept", len(again.entries))
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Count(string(text), "\n") != maxHistory {
		t.Errorf("the file has %d lines, %v", strings.Count(string(text), "\n"), err)
	}
	if files, _ := filepath.Glob(path + "*"); len(files) != 1 {
		t.Errorf("left %q", files)
	}
}

func TestHistoryWithoutFile(t *testing.T) {
	h := openTestHistory(t, "")
	h.add("one")
	if len(h.entries) != 1 {
		t.Errorf("remembered %q", h.entries)
	}
	h, err := openHistory(t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("got %v", err)
	}
	h.add("one")
	if len(h.entries) != 1 {
		t.Errorf("remembered %q", h.entries)
	}
}

func TestHistoryPath(t *testing.T) {
	tests := []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"HOME": "/h"}, "/h/.local/state/qrelay/lua_history"},
		{map[string]string{"HOME": "/h", "XDG_STATE_HOME": "/s"}, "/s/qrelay/lua_history"},
		{map[string]string{"HOME": "/h", "QRELAY_LUA_HISTORY": "/x"}, "/x"},
		{map[string]string{"HOME": "/h", "QRELAY_LUA_HISTORY": "-"}, ""},
		{nil, ""},
	}
	for _, test := range tests {
		if got := historyPath(func(name string) string { return test.env[name] }); got != test.want {
			t.Errorf("%v: %q", test.env, got)
		}
	}
}

func FuzzHistoryEncoding(f *testing.F) {
	for _, seed := range []string{"a", "\n", `\n`, `\\n`, "a\\\nb"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, chunk string) {
		line := encode(chunk)
		if strings.Contains(line, "\n") || decode(line) != chunk {
			t.Errorf("%q became %q", chunk, line)
		}
	})
}
