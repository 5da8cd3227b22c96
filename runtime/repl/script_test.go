package repl

import (
	"os"
	"strings"
	"testing"
)

func TestScripts(t *testing.T) {
	script := write(t, "script.lua", "#!/usr/bin/env qrelay-lua\nprint(arg[0]:match('[^/]*$'), arg[1], arg[2], arg[-1], select('#', ...), ...)\n")
	module := write(t, "greeting.lua", "return {word = 'hello'}")
	t.Chdir(strings.TrimSuffix(module, "/greeting.lua"))
	tests := []struct {
		title, stdin string
		args         []string
		want         string
	}{
		{"a script with arguments", "", []string{script, "a", "-b"}, "script.lua\ta\t-b\tqrelay-lua\t2\ta\t-b\n"},
		{"after options", "", []string{"-e", "x=1", "--", script}, "script.lua\tnil\tnil\t--\t0\n"},
		{"-e, several times", "", []string{"-e", "x = 1", "-eprint(x, arg[0])"}, "1\tqrelay-lua\n"},
		{"-l", "", []string{"-l", "greeting", "-ljson", "-e", "print(greeting.word, json.dump{1})"}, "hello\t[1]\n"},
		{"standard input", "print(1, ...)\nprint(2)", nil, "1\n2\n"},
		{"standard input with arguments", "print(..., arg[0])", []string{"-", "a"}, "a\t-\n"},
		{"a script that reads standard input", "one\ntwo\n", []string{"-e", "print(io.read()) print(io.read('*a'))"}, "one\ntwo\n\n"},
		{"-v", "", []string{"-v"}, "qrelay-lua 1.0, Lua 5.1 as LuaJIT has it\n"},
		{"-v and -e", "", []string{"-v", "-e", "print(1)"}, "qrelay-lua 1.0, Lua 5.1 as LuaJIT has it\n1\n"},
		{"waiting", "", []string{"-e", "local t = os.time() sleep(0.01) print('slept')"}, "slept\n"},
		{"the relay's functions", "", []string{"-e", "print(qmqp_resolve('127.0.0.1'))"}, "127.0.0.1:628\n"},
		{"-i with lines from a pipe", "1 + 1\nx\n", []string{"-i", "-e", "x = 'set'"}, "> 2\n> \"set\"\n> \n"},
		{"-i with a script", "x\n", []string{"-i", write(t, "x.lua", "x = ...")}, "> nil\n> \n"},
		{"a chunk over several lines", "for i = 1, 2 do\nprint(i)\nend\n", []string{"-i"}, "> >> >> 1\n2\n> \n"},
	}
	for _, test := range tests {
		t.Run(test.title, func(t *testing.T) {
			stdout, stderr, status := run(t, test.stdin, test.args...)
			if stdout != test.want || stderr != "" || status != 0 {
				t.Errorf("got %q, %q, status %d; want %q", stdout, stderr, status, test.want)
			}
		})
	}
}

func TestScriptsThatFail(t *testing.T) {
	long := write(t, "long.lua", strings.Repeat("x = 1\n", 299)+"local function f( return end\n")
	tests := []struct {
		title, stdin string
		args         []string
		want         []string
	}{
		{"an error", "", []string{write(t, "e.lua", "local function f() error('oops') end\nf()")}, []string{"e.lua:1: oops", "    1 | local function f() error('oops') end", "stack traceback:", "e.lua:2: in main chunk"}},
		{"a syntax error in line 300", "", []string{long}, []string{"long.lua:300:", "  300 | local function f( return end"}},
		{"-e", "", []string{"-e", "error('oops')"}, []string{"(command line):1: oops"}},
		{"a module that does not exist", "", []string{"-l", "nowhere"}, []string{"module 'nowhere' not found"}},
		{"a script that does not exist", "", []string{"/nowhere.lua"}, []string{"/nowhere.lua: no such file"}},
		{"an unfinished chunk on standard input", "for i = 1, 2 do\nprint(i)\n", nil, []string{"stdin:2: 'end' expected (to close 'do' at line 1) near '<eof>'"}},
		{"an unfinished chunk at a prompt", "if x then\n", []string{"-i"}, []string{"'end' expected"}},
		{"an error at a prompt without terminal", "error('oops')\n", []string{"-i"}, []string{"input 1:1: oops"}},
		{"an object as error", "", []string{"-e", "error({code = 7})"}, []string{"error object: {\n  code = 7\n}"}},
		{"an assertion", "", []string{write(t, "a.lua", "local function f(x)\n  assert(x)\nend\nf()")}, []string{"assertion failed!\n    2 |   assert(x)\nstack traceback:"}},
		{"a Go stack is not shown", "", []string{"-e", "local function f() return 1 + f() end f()"}, []string{"overflow"}},
		{"os.exit", "", []string{"-e", "io.stderr:write('bye') os.exit(1)"}, []string{"bye"}},
		{"an unknown option", "", []string{"-x"}, []string{"qrelay-lua: unrecognized option '-x'\nusage:"}},
		{"an option without value", "", []string{"-e"}, []string{"'-e' needs an argument"}},
		{"a configuration without path", "", []string{"--config"}, []string{"'--config' needs an argument"}},
		{"a configuration whose path is empty", "", []string{"--config="}, []string{"'--config' needs an argument"}},
		{"tests whose path is empty", "", []string{"--test", ""}, []string{"'--test' needs an argument"}},
		{"tests and something else", "", []string{"--test", ".", "more"}, []string{"'--test' takes one folder or file, and nothing else: \"more\""}},
		{"tests and a configuration", "", []string{"--config", "x.lua", "--test", "."}, []string{"'--test' and '--config' exclude each other"}},
		{"a folder without tests", "", []string{"--test", t.TempDir()}, []string{"there is no test"}},
		{"a configuration that does not exist", "", []string{"--config=/nowhere.lua"}, []string{"cannot read the configuration: stat /nowhere.lua"}},
		{"a database that is away", "", []string{"--config", write(t, "c.lua", "local db = pg:new('host=down')\nassert(db:execute('SELECT 1'))")}, []string{"connect down:5432: connection refused", "c.lua:2: in main chunk"}},
	}
	for _, test := range tests {
		t.Run(test.title, func(t *testing.T) {
			_, stderr, status := run(t, test.stdin, test.args...)
			if status != 1 {
				t.Errorf("exit status %d", status)
			}
			for _, want := range test.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("no %q in\n%s", want, stderr)
				}
			}
			if strings.Contains(stderr, "goroutine ") {
				t.Errorf("a Go stack in\n%s", stderr)
			}
		})
	}
}

func TestHelpOption(t *testing.T) {
	stdout, stderr, status := run(t, "", "--help")
	if stdout != usage || stderr != "" || status != 0 {
		t.Errorf("got %q, %q, status %d", stdout, stderr, status)
	}
}

func TestInterruptedScript(t *testing.T) {
	term := start(t, 80, 24, program(t, "-e", "print('begun') while true do pcall(error) end"))
	term.shows("begun")
	term.keys(ctrlC)
	if status := term.exits(); status != 1 || !strings.Contains(term.text(), "interrupted") {
		t.Errorf("status %d; the screen shows\n%s", status, term.text())
	}
}

func TestInterruptedRead(t *testing.T) {
	term := start(t, 80, 24, program(t, "-e", "print(io.read()) print(io.read())"))
	term.keys("one" + enter)
	term.shows("one\none")
	term.keys(ctrlC)
	if status := term.exits(); status != 1 || !strings.Contains(term.text(), "interrupted") {
		t.Errorf("status %d; the screen shows\n%s", status, term.text())
	}
}

func TestExamplePolicyPassesItsTests(t *testing.T) {
	stdout, stderr, status := run(t, "", "--test", "../../examples/policy")
	if status != 0 || stderr != "" || !strings.HasSuffix(stdout, "tests, 0 failed\n") {
		t.Errorf("status %d\n%s%s", status, stdout, stderr)
	}
}

// Modules that measure or compare time do so by the clock of tests.
func TestModulesHaveTheClockOfTests(t *testing.T) {
	path := write(t, "clock_test.lua", `
		test('limiter', function()
			local l = limiter.new{rate = 1, per = 60}
			assert(l:allow('k') and not l:allow('k'))
			sleep(60)
			assert(l:allow('k'))
		end)
		test('jwt', function()
			local public, secret = sodium.crypto_sign_keypair()
			local token = jwt.sign(secret, {}, {exp = os.time() + 30})
			assert(jwt.verify(public, token))
			sleep(60)
			assert.contains(select(2, jwt.verify(public, token)), 'expired')
		end)`)
	if stdout, stderr, status := run(t, "", "--test", path); status != 0 {
		t.Errorf("status %d\n%s%s", status, stdout, stderr)
	}
}

func TestFailingTestShowsTheLine(t *testing.T) {
	path := write(t, "x_test.lua", "test('adds', function()\n  assert.eq(1 + 1, 3)\nend)\n")
	stdout, _, status := run(t, "", "--test", path)
	want := path + "\n  FAIL  adds\n        x_test.lua:2: got 2, want 3\n            2 |   assert.eq(1 + 1, 3)\n"
	if status != 1 || !strings.HasPrefix(stdout, want) {
		t.Errorf("status %d, got\n%s\nwant\n%s", status, stdout, want)
	}
}

func TestConfigurationFromAPipe(t *testing.T) {
	config := write(t, "config.lua", "function reload() print('reloaded') end\nqmqp_listen('/run/x', function(m) return m:connect('10.0.0.1') end)\nlog_server = '10.0.0.2'")
	letter := write(t, "mail.eml", "From: a@b.example\nTo: c@d.example\n\nHello\n")
	stdout, stderr, status := run(t, ".listeners\n.reload\n.mail "+letter+"\n", "--config", config)
	want := "listener    /run/x\nlog_server  10.0.0.2:5479\nreloaded\naction   connect 10.0.0.1:628\ntime     "
	if !strings.HasPrefix(stdout, want) || stderr != "" || status != 0 {
		t.Errorf("status %d, got\n%s%s", status, stdout, stderr)
	}
	_, stderr, status = run(t, ".nothing\n", "--config", config)
	if status != 1 || !strings.Contains(stderr, "there is no command .nothing (there are .help,") {
		t.Errorf("status %d, got %s", status, stderr)
	}
}

func TestOutputThatNobodyReads(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	cmd := program(t, "--help")
	cmd.Stdout = w
	if err := cmd.Run(); err == nil {
		t.Error("no error")
	}
	w.Close()
}
