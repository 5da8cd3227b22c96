package repl

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// A shown is a session that the manual shows: a block after a comment
//
//	<!-- screen -->          the lines behind prompts are typed
//	<!-- screen: KEYS -->    these keys are typed
type shown struct {
	line    int
	keys    string
	command []string // after "$ qrelay-lua"; nil if the block begins later
	text    string
}

var screenComment = regexp.MustCompile(`^<!-- screen(?:: (.*))? -->$`)

// shownSessions reads the sessions of a page.
func shownSessions(t *testing.T, page string) []shown {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	var all []shown
	for i := 0; i < len(lines); i++ {
		m := screenComment.FindStringSubmatch(lines[i])
		if m == nil {
			continue
		}
		s := shown{line: i + 1, keys: m[1]}
		for i += 2; lines[i] != "```"; i++ {
			s.text += lines[i] + "\n"
		}
		all = append(all, s.complete())
	}
	return all
}

// complete takes the command off, and types what is behind prompts if there are
// no keys.
func (s shown) complete() shown {
	if first, rest, _ := strings.Cut(s.text, "\n"); strings.HasPrefix(first, "$ qrelay-lua") {
		s.command, s.text = strings.Fields(first)[2:], rest
	}
	if s.keys == "" {
		for line := range strings.Lines(s.text) {
			for _, prompt := range []string{morePrompt, firstPrompt} {
				if typed, ok := strings.CutPrefix(line, prompt); ok {
					s.keys += strings.TrimSuffix(typed, "\n") + "<Enter>"
					break
				}
			}
		}
	}
	return s
}

var namedKeys = map[string]string{
	"<Enter>": enter, "<Tab>": tab, "<Up>": up, "<Ctrl-R>": ctrlR, "<Ctrl-C>": ctrlC,
}

var (
	keyName  = regexp.MustCompile(`<[A-Z][A-Za-z-]*>`)
	duration = regexp.MustCompile(`[0-9.]+(µs|ms|s)\b`)
)

// typeKeys types keys, one line after the other, as a person does.
func (term *emulator) typeKeys(keys string) {
	term.t.Helper()
	for keys != "" {
		at := keyName.FindStringIndex(keys)
		if at == nil {
			term.keys(keys)
			return
		}
		name := keys[at[0]:at[1]]
		if at[0] > 0 {
			term.keys(keys[:at[0]])
			term.eventually("expected to see what was typed", func() bool { return !term.atPrompt() })
		}
		keys = keys[at[1]:]
		if key, ok := namedKeys[name]; ok {
			term.keys(key)
		} else if name == "<Notify>" {
			term.shows("> print(")
			term.signal(syscall.SIGUSR1)
		} else {
			term.keys(name)
		}
		if name == "<Enter>" {
			term.eventually("expected a prompt", term.atPrompt)
		}
	}
}

// atPrompt tells whether the last line is an empty one with a prompt.
func (term *emulator) atPrompt() bool {
	text := term.text()
	last := text[strings.LastIndex(text, "\n")+1:]
	return last == ">" || last == ">>"
}

func TestScreensOfTheManual(t *testing.T) {
	sessions := shownSessions(t, "../../docs/repl.md")
	if len(sessions) < 6 {
		t.Fatalf("only %d sessions found", len(sessions))
	}
	for _, s := range sessions {
		t.Run(fmt.Sprintf("line %d", s.line), func(t *testing.T) {
			cmd := program(t, s.command...)
			cmd.Dir = "../.."
			cmd.Path = executable(t)
			term := start(t, 100, 40, cmd)
			term.ready()
			greeting := ""
			if s.command == nil {
				greeting = strings.TrimSuffix(term.text(), ">")
			}
			term.typeKeys(s.keys)
			want := normal(greeting + s.text)
			term.eventually("expected\n"+want+"\n", func() bool { return normal(term.text()) == want })
		})
	}
}

// normal makes times alike, and drops an empty prompt at the end.
func normal(text string) string {
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(duration.ReplaceAllString(text, "TIME")), "\n>"))
}

// executable returns the path of this program, wherever it is started.
func executable(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
