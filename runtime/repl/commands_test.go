package repl

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestSplitWords(t *testing.T) {
	tests := []struct {
		line string
		want []string
	}{
		{".mail  a b\t c ", []string{".mail", "a", "b", "c"}},
		{`.mail 'a b' "c d"e`, []string{".mail", "a b", "c de"}},
		{`.mail '' "" -f ''`, []string{".mail", "", "", "-f", ""}},
		{`.mail a\ b 'c\' "d\""`, []string{".mail", "a b", `c\`, `d"`}},
	}
	for _, test := range tests {
		if got, err := splitWords(test.line); !slices.Equal(got, test.want) || err != nil {
			t.Errorf("%s: %q, %v", test.line, got, err)
		}
	}
	if _, err := splitWords(`.mail 'a`); err == nil {
		t.Error("no error for a quote without end")
	}
}

// policy is a configuration whose handler tells everything in its report.
const policy = `
n = (n or 0) + 1
function reload() print('reload', n) end
qmqp_listen('/run/x', function(m)
  local row = pg:new('host=here'):execute('SELECT blocked\n FROM accounts', {m.uid}):fetch()
  m:insert_header('X-Blocked', row.blocked)
  m.account, m.sender = 'alice', ''
  if m.cgroup and m.cgroup.path == '/fail' then error('oops') end
  return m:exec('/bin/x', tostring(m.uid), {timeout = 2, env = {A = 'b'}})
end)
`

func TestMailCommand(t *testing.T) {
	config := write(t, "config.lua", policy)
	letter := write(t, "a mail.eml", "From: a@b.example\nTo: c@d.example\n\nHello\n")
	bare := write(t, "bare.eml", "no headers\n")
	lines := strings.Join([]string{
		fmt.Sprintf(".mail '%s' --uid 7", letter),
		".mail " + bare,
		".mail " + bare + " -f x@y.example z@y.example --json",
		fmt.Sprintf(".mail '%s' --cgroup /fail", letter),
		fmt.Sprintf(".mail '%s' --no-such-flag", letter),
		".mail --help", ".mail", ".listeners now", "",
	}, "\n")
	stdout, stderr, status := run(t, lines, "--config", config)
	for _, want := range []string{
		"action   exec /bin/x 7\ntimeout  2s\nenv      A=b\nsender   <> instead of <a@b.example>\nheader   X-Blocked: f\naccount  alice\nquery    SELECT blocked FROM accounts { 7 } -> 1 row (",
		"\ntime     ", `"ok":true`, `"original_sender":"x@y.example"`, "usage: .mail FILE",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	for _, want := range []string{
		"no header tells whom it is for", "config.lua:8: oops\n    8 |   if m.cgroup", "unknown flag: --no-such-flag (.mail --help",
		".mail needs the file of a mail", ".listeners takes no arguments",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("no %q in\n%s", want, stderr)
		}
	}
	if status != 1 {
		t.Errorf("status %d", status)
	}
	if n := strings.Count(stdout, "query    SELECT blocked FROM accounts {"); n != 2 {
		t.Errorf("%d queries, but the handler that fails makes one too:\n%s", n, stdout)
	}
}

func TestReloadAndRestart(t *testing.T) {
	config := write(t, "config.lua", policy)
	stdout, stderr, status := run(t, "n = 5\n.reload\n.restart\n.reload\nx = n\nx\n", "--config", config)
	if want := "reload\t5\nlistener    /run/x\nreload\t1\n1\n"; stdout != want || stderr != "" || status != 0 {
		t.Errorf("status %d, %q%s", status, stdout, stderr)
	}
	none := write(t, "none.lua", "qmqp_listen('/run/x', print)")
	_, stderr, _ = run(t, ".reload\n", "--config", none)
	if want := "there is no global function reload (.restart reads the configuration again)\n"; stderr != want {
		t.Errorf("got %s", stderr)
	}
	_, stderr, _ = run(t, ".reload\n", "-i")
	if want := "there is no global function reload\n"; stderr != want {
		t.Errorf("got %s", stderr)
	}
}

func TestRestartThatFailsKeepsTheOldOne(t *testing.T) {
	config := write(t, "config.lua", "if io.open('broken') then error('broken') end\nkept = true\nqmqp_listen('/run/x', print)")
	stdout, stderr, _ := run(t, fmt.Sprintf("io.open('%s', 'w'):close()\n.restart\nkept\n.listeners\n", strings.Replace(config, "config.lua", "broken", 1)), "--config", config)
	if stdout != "true\ntrue\nlistener    /run/x\n" || !strings.Contains(stderr, "config.lua:1: broken") {
		t.Errorf("got %q, %q", stdout, stderr)
	}
}

func TestQuit(t *testing.T) {
	stdout, stderr, status := run(t, ".quit\nprint('still here')\n", "-i")
	if stdout != "> " || stderr != "" || status != 0 {
		t.Errorf("got %q, %q, status %d", stdout, stderr, status)
	}
}

func TestPromptWithConfiguration(t *testing.T) {
	config := write(t, "config.lua", policy)
	letter := write(t, "a.eml", "From: a@b.example\nTo: c@d.example\n\nHello\n")
	term := start(t, 120, 40, program(t, "--config", config))
	term.shows(".help lists what there is, Ctrl-D leaves\nlistener    /run/x\n>")
	folder := strings.TrimSuffix(letter, "a.eml")
	term.keys(".mail " + folder + tab + enter)
	term.eventually("expected a report", func() bool {
		return strings.Contains(term.text(), "\nquery    SELECT blocked FROM accounts {") && strings.HasSuffix(term.text(), "\n>")
	})
	term.keys(".help json.du" + tab + enter)
	term.eventually("expected help", func() bool { return strings.Contains(term.text(), "\njson.dump(value) -> text\n") })
}

func FuzzSplitWords(f *testing.F) {
	for _, seed := range []string{".mail a 'b c'", `\`, `"\""`, "' ", "a\tb"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words, err := splitWords(line)
		if err != nil {
			return
		}
		var quoted []string
		for _, word := range words {
			quoted = append(quoted, "'"+strings.ReplaceAll(word, "'", `'"'"'`)+"'")
		}
		if again, err := splitWords(strings.Join(quoted, " ")); err != nil || !slices.Equal(again, words) {
			t.Errorf("%q: %q, then %q, %v", line, words, again, err)
		}
	})
}
