package docs

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// A block is a fenced code block of a page.
type block struct {
	page string // file name
	line int    // of the opening fence
	lang string // after the fence
	kind string // what the comment before it says: <!-- test: KIND ARGUMENT -->
	arg  string
	// notes are the further lines of that comment.
	notes []string
	text  string
}

func (b block) String() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

const marker = "<!-- test: "

// parsePage returns the code blocks of a page.
func parsePage(page, text string) ([]block, error) {
	var blocks []block
	var next block // what is known of the block to come
	lines := strings.SplitAfter(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimRight(lines[i], "\n")
		switch {
		case strings.HasPrefix(line, marker):
			end := i
			for end < len(lines) && !strings.Contains(lines[end], "-->") {
				end++
			}
			if end == len(lines) {
				return nil, fmt.Errorf("%s:%d: the comment has no end", page, i+1)
			}
			comment := strings.TrimPrefix(strings.Join(lines[i:end+1], ""), marker)
			next.mark(comment[:strings.Index(comment, "-->")])
			i = end
			if next.kind == "sh" { // has no block
				next.page, next.line, next.text = page, i+1, strings.Join(next.notes, "\n")
				blocks = append(blocks, next)
				next = block{}
			}
		case strings.HasPrefix(line, "```"):
			end := i + 1
			for end < len(lines) && strings.TrimRight(lines[end], "\n") != "```" {
				end++
			}
			if end == len(lines) {
				return nil, fmt.Errorf("%s:%d: the code block has no end", page, i+1)
			}
			next.page, next.line, next.lang = page, i+1, strings.TrimPrefix(line, "```")
			next.text = strings.Join(lines[i+1:end], "")
			blocks = append(blocks, next)
			next, i = block{}, end
		case line != "" && next.kind != "":
			return nil, fmt.Errorf("%s:%d: the comment before this line belongs to no code block", page, i+1)
		}
	}
	return blocks, nil
}

// mark reads a comment.
func (b *block) mark(comment string) {
	first, rest, _ := strings.Cut(comment, "\n")
	b.kind, b.arg, _ = strings.Cut(strings.TrimSpace(first), " ")
	for note := range strings.Lines(rest) {
		if note = strings.TrimSpace(note); note != "" {
			b.notes = append(b.notes, note)
		}
	}
}

func readPage(t *testing.T, page string) []block {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	blocks, err := parsePage(page, string(text))
	if err != nil {
		t.Fatal(err)
	}
	return blocks
}

// matches tells whether got is want, in which "…" stands for any text within a
// line and a line "..." for any number of lines.
func matches(want, got string) bool {
	return matchLines(splitLines(want), splitLines(got))
}

// splitLines takes line ends for the same, as a terminal shows them.
func splitLines(s string) []string {
	if s = strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n"); s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

func matchLines(want, got []string) bool {
	switch {
	case len(want) == 0:
		return len(got) == 0
	case want[0] == "...":
		for n := range len(got) + 1 {
			if matchLines(want[1:], got[n:]) {
				return true
			}
		}
		return false
	}
	return len(got) > 0 && matchLine(strings.Split(want[0], "…"), got[0]) && matchLines(want[1:], got[1:])
}

// matchLine matches the parts between wildcards.
func matchLine(parts []string, got string) bool {
	got, ok := strings.CutPrefix(got, parts[0])
	if !ok || len(parts) == 1 {
		return ok && got == ""
	}
	for at := strings.Index(got, parts[1]); at >= 0; {
		if matchLine(parts[1:], got[at:]) {
			return true
		}
		further := strings.Index(got[at+1:], parts[1])
		if further < 0 {
			return false
		}
		at += 1 + further
	}
	return false
}

func TestParsePage(t *testing.T) {
	const text = "<!-- test: sh\na\nb\n-->\n# Title\n\n```lua\na\n\nb\n```\n\n<!-- test: file x y.lua -->\n\n```lua\nc\n```\n<!-- test: policy\n  one\n\n  two\n-->\n```\n```\ntext\n"
	got, err := parsePage("p", text)
	want := []block{
		{page: "p", line: 4, kind: "sh", notes: []string{"a", "b"}, text: "a\nb"},
		{page: "p", line: 7, lang: "lua", text: "a\n\nb\n"},
		{page: "p", line: 15, lang: "lua", kind: "file", arg: "x y.lua", text: "c\n"},
		{page: "p", line: 23, kind: "policy", notes: []string{"one", "two"}},
	}
	if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	for _, bad := range []string{"```\nx", "<!-- test: x\n", "<!-- test: x -->\ntext\n```\n```\n"} {
		if got, err := parsePage("p", bad); err == nil {
			t.Errorf("%q: got %+v", bad, got)
		}
	}
}

func TestMatches(t *testing.T) {
	tests := []struct {
		want, got string
		ok        bool
	}{
		{"", "", true}, {"", "x", false}, {"a\nb\n", "a\nb", true}, {"a", "a\nb", false},
		{"...", "", true}, {"...", "a\nb", true}, {"a\n...\nc", "a\nb\nb\nc", true}, {"a\n...\nc", "a\nb", false},
		{"a…c", "abbc", true}, {"a…c", "abb", false}, {"…", "x", true}, {"a…b…c", "a b b c", true}, {"…x", "xyx", true},
	}
	for _, test := range tests {
		if got := matches(test.want, test.got); got != test.ok {
			t.Errorf("matches(%q, %q) = %v", test.want, test.got, got)
		}
	}
}
