package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	fenced  = regexp.MustCompile("(?ms)^```.*?^```$")
)

// anchors returns what "#…" can be on a page, by GitHub's rules: lower case,
// punctuation dropped, blanks as hyphens.
func anchors(text string) []string {
	var all []string
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		all = append(all, strings.Map(func(c rune) rune {
			switch {
			case c == ' ':
				return '-'
			case c == '-' || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c > 0x7f:
				return c
			}
			return -1
		}, strings.ToLower(m[1])))
	}
	return all
}

func TestLinksLeadSomewhere(t *testing.T) {
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(string(text), ""), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, anchor, _ := strings.Cut(m[1], "#")
			target, content := page, text
			if file != "" {
				target = filepath.Join(filepath.Dir(page), file)
				info, err := os.Stat(target)
				if err != nil {
					t.Errorf("%s: %s leads nowhere", page, m[1])
					continue
				}
				if info.IsDir() {
					continue
				}
				if content, err = os.ReadFile(target); err != nil {
					t.Fatal(err)
				}
			}
			if anchor != "" && !slices.Contains(anchors(string(content)), anchor) {
				t.Errorf("%s: %s has no heading for #%s", page, target, anchor)
			}
		}
	}
}

// Every page is linked from the index of the manual, or, if it is generated, from
// that of the reference.
func TestIndexIsComplete(t *testing.T) {
	linked := map[string]bool{"README.md": true}
	for _, index := range []string{"README.md", "reference/README.md"} {
		text, err := os.ReadFile(index)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			file, _, _ := strings.Cut(m[1], "#")
			linked[filepath.Join(filepath.Dir(index), file)] = true
		}
	}
	for _, page := range pages(t) {
		if !linked[page] && !strings.HasPrefix(page, "../") {
			t.Errorf("README.md has no link to %s", page)
		}
	}
}

func TestAnchors(t *testing.T) {
	got := anchors("# control_client:new\n\n```lua\n# not one\n```\n## Choose `it`, by domain\n")
	if want := []string{"control_clientnew", "choose-it-by-domain"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
