package repl

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestExpressionsArePrinted(t *testing.T) {
	term := start(t, 80, 24, program(t))
	term.types("1 + 1", "2")
	term.types("_ * 10", "20")
	term.types("= 'a', nil, {1, 2}", `"a"     nil     { 1, 2 }`)
	term.types("x = 1", "")
	term.types("{a = {b = x}}", "{\n  a = {\n    b = 1\n  }\n}")
	term.types("print(x)", "1")
	term.types("", "")
	term.types("-- nothing", "")
	term.keys(ctrlD)
	if status := term.exits(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

func TestErrorsShowTheLine(t *testing.T) {
	term := start(t, 80, 24, program(t))
	term.ready()
	term.keys("function f(x)" + enter + "  return x.name.first" + enter + "end" + enter)
	term.shows(">> end\n>")
	term.keys("print(f{})" + enter)
	term.eventually("expected the line with the error", func() bool {
		return strings.Contains(term.text(), "input 1:2: attempt to index") &&
			strings.Contains(term.text(), "    2 |   return x.name.first\nstack traceback:\n") &&
			strings.HasSuffix(term.text(), "\n>")
	})
	term.types("x = = 1", "input 3:1: unexpected symbol near '='\n    1 | x = = 1")
}

func TestLinesUntilTheChunkIsComplete(t *testing.T) {
	term := start(t, 80, 24, program(t))
	term.ready()
	term.keys("for i = 1, 2 do" + enter)
	term.shows("> for i = 1, 2 do\n>>")
	term.keys("print(i)" + enter + "end" + enter)
	term.shows(">> print(i)\n>> end\n1\n2\n>")
	term.keys("s = [[a" + enter + "b]]" + enter + "s" + enter)
	term.shows("> s\n\"a\\nb\"\n>")
	term.keys("if x then" + enter + ctrlC)
	term.shows("> if x then\n>> ^C\n>")
	term.keys("if x then" + enter + ctrlD)
	term.shows("> if x then\n>>\n>")
	term.types("1", "1")
}

func TestHistory(t *testing.T) {
	home := t.TempDir()
	cmd := program(t)
	cmd.Env = append(cmd.Env, "XDG_STATE_HOME="+home)
	term := start(t, 80, 24, cmd)
	term.types("first = 1", "")
	term.types(" secret = 1", "")
	term.ready()
	term.keys("function f()" + enter + "return 'x\\n'" + enter + "end" + enter)
	term.shows(">> end\n>")
	term.keys(up + up)
	term.shows("> first = 1")
	term.keys(backspace + "2" + enter)
	term.shows("> first = 2\n>")
	term.types("first", "2")
	term.keys(ctrlD)
	term.exits()

	path := filepath.Join(home, "qrelay", "lua_history")
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "first = 1\nfunction f()\\nreturn 'x\\\\n'\\nend\nfirst = 2\nfirst\n"
	if string(kept) != want {
		t.Errorf("kept %q, want %q", kept, want)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info, err)
	}

	again := program(t)
	again.Env = append(again.Env, "XDG_STATE_HOME="+home)
	term = start(t, 80, 24, again)
	term.ready()
	term.keys(ctrlR + "return")
	term.shows("> function f()\nreturn 'x\\n'\nend\nbck-i-search: return")
	term.keys(enter)
	term.shows("end\n>")
	term.types("f()", `"x\n"`)
}

func TestHistoryThatCannotBeKept(t *testing.T) {
	cmd := program(t)
	cmd.Env = append(cmd.Env, "QRELAY_LUA_HISTORY="+write(t, "file", "")+"/history")
	term := start(t, 80, 24, cmd)
	term.eventually("expected a warning", func() bool {
		return strings.Contains(strings.ReplaceAll(term.text(), "\n", ""), "the history is not kept: mkdir")
	})
	term.types("1", "1")
	term.keys(up)
	term.shows("> 1\n1\n> 1")
}

func TestCompletion(t *testing.T) {
	term := start(t, 80, 24, program(t))
	term.ready()
	term.keys("sod" + tab)
	term.shows("> sodium")
	term.keys(".hex" + tab)
	term.shows("> sodium.hex2bin")
	term.keys("'41'" + enter)
	term.shows("> sodium.hex2bin'41'\n\"A\"\n>")
	term.types("db = pg:new('host=here')", "")
	term.keys("db:ex" + tab + "('SELECT 1')" + enter)
	term.shows("> db:execute('SELECT 1')\n<pg.Result 1>\n>")
	term.types("t = setmetatable({one = {two = 2}}, {__index = {three = print}})", "")
	term.keys("t.o" + tab + ".t" + tab)
	term.shows("> t.one.two")
	term.keys(enter)
	term.ready()
	term.keys("t:th" + tab)
	term.shows("> t:three")
	term.keys(ctrlC)
	term.ready()
	term.keys("repea" + tab + ctrlC)
	term.shows("> repeat^C\n>")
	term.keys("io.stdout:wr" + tab + ctrlC)
	term.shows("> io.stdout:write^C\n>")
	term.keys("'sodiu" + tab + "m'" + enter)
	term.shows("> 'sodium'\n\"sodium\"\n>")
	term.keys(".lis" + tab + enter)
	term.shows("> .listeners\nno listeners\n>")
	term.keys("os.t" + tab)
	term.shows("> os.t\ntime    tmpname")
	term.keys("m" + tab + "()" + enter)
	term.eventually("expected a name", func() bool { return strings.Contains(term.text(), "> os.tmpname()\n\"") })
}

// After something that has no name, there are no names to be completed.
func TestCompletionKnowsWhatItDoesNotKnow(t *testing.T) {
	term := start(t, 80, 24, program(t))
	term.ready()
	term.keys("('x'):" + tab + "rep(2)" + enter)
	term.shows("> ('x'):rep(2)\n\"xx\"\n>")
	term.keys("({1})[1]..repea" + tab + ctrlC)
	term.shows("> ({1})[1]..repeat^C\n>")
	term.keys("'a'..os.tmpn" + tab + ctrlC)
	term.shows("> 'a'..os.tmpname^C\n>")
}

// Ctrl-C gives up the line also while names are listed, chosen among, or
// searched for.
func TestCtrlCDuringCompletionAndSearch(t *testing.T) {
	term := start(t, 80, 24, program(t))
	term.ready()
	term.keys("os.t" + tab)
	term.shows("> os.t\ntime    tmpname")
	term.keys(ctrlC)
	term.types("1", "1")
	term.keys("os.t" + tab + tab)
	term.shows("> os.t\ntime    tmpname")
	term.keys(ctrlC)
	term.types("2", "2")
	term.keys(ctrlR + "1")
	term.shows("> 1\nbck-i-search: 1")
	term.keys(ctrlC)
	term.types("3", "3")
}

func TestCtrlCStopsTheLineOnly(t *testing.T) {
	term := start(t, 80, 24, program(t))
	term.types("n = 0", "")
	term.keys("print('begun') while true do pcall(error) n = n + 1 end" + enter)
	term.shows("begun")
	term.keys(ctrlC)
	term.eventually("expected the end of the loop", func() bool {
		return strings.Contains(term.text(), "interrupted") && strings.HasSuffix(term.text(), "\n>")
	})
	term.types("n >= 0", "true")
	term.keys("print('asleep') sleep(1000)" + enter)
	term.shows("asleep")
	term.keys(ctrlC)
	term.eventually("expected the end of sleep", func() bool {
		return strings.Count(term.text(), "interrupted") == 2 && strings.HasSuffix(term.text(), "\n>")
	})
	term.keys("half a line" + ctrlC)
	term.shows("> half a line^C\n>")
	term.types("2", "2")
}

func TestReadingAtThePrompt(t *testing.T) {
	term := start(t, 80, 24, program(t))
	term.ready()
	term.keys("io.read()" + enter)
	term.shows("> io.read()")
	term.keys("an answer" + enter)
	term.shows("an answer\n\"an answer\"\n>")
	term.keys("print('?') io.read()" + enter)
	term.shows("?")
	term.keys(ctrlC)
	term.eventually("expected the end of the read", func() bool {
		return strings.Contains(term.text(), "interrupted") && strings.HasSuffix(term.text(), "\n>")
	})
	term.types("3", "3")
}

func TestPrintsOfOtherTasksAppearAboveTheLine(t *testing.T) {
	term := start(t, 120, 24, program(t))
	term.types("background.on_signal(function() print('news', '1') io.write('half') print(' whole') end)", "")
	term.keys("half a line" + left + left)
	term.shows("> half a line")
	term.signal(syscall.SIGUSR1)
	term.shows("news    1\nhalf whole\n> half a line")
	term.keys(ctrlA + "'" + strings.Repeat("\x1b[C", 20) + "'" + enter)
	term.shows("> 'half a line'\n\"half a line\"\n>")
}

func TestPrintsOfOtherTasksDuringSearchAndCompletion(t *testing.T) {
	term := start(t, 80, 24, program(t))
	term.types("background.on_signal(function() print('news') end)", "")
	term.types("needle = 1", "")
	term.keys(ctrlR + "need")
	term.shows("> needle = 1\nbck-i-search: need")
	term.signal(syscall.SIGUSR1)
	term.shows("news\n> needle = 1\nbck-i-search: need")
	term.keys(ctrlC)
	term.ready()
	term.keys("os.t" + tab)
	term.shows("> os.t\ntime    tmpname")
	term.signal(syscall.SIGUSR1)
	term.shows("news\n> os.t\ntime    tmpname")
}

func TestErrorsOfOtherTasksAreShown(t *testing.T) {
	term := start(t, 80, 24, program(t))
	term.types("background.on_signal(function() error('bad news') end)", "")
	term.keys("1 +")
	term.shows("> 1 +")
	term.signal(syscall.SIGUSR1)
	term.eventually("expected the error above the line", func() bool {
		return strings.Contains(term.text(), "on_signal failed: input 1:1: bad news\n") && strings.HasSuffix(term.text(), "\n> 1 +")
	})
}

func TestPaste(t *testing.T) {
	term := start(t, 80, 24, program(t))
	term.ready()
	term.keys("\x1b[200~function f()\r\n\treturn '\tx'\r\nend\r\n\x1b[201~f()" + enter)
	term.shows("> function f()\n>>     return '    x'\n>> end\n> f()\n\"    x\"\n>")
}

// Pasted text is coloured once it is there, and not anew for each character,
// which takes the terminal minutes for a line like this.
func TestPasteOfALongLine(t *testing.T) {
	term := start(t, 80, 24, program(t))
	term.ready()
	term.keys("\x1b[200~x = '" + strings.Repeat("äb日c", 1500) + "'\x1b[201~" + enter)
	term.types("#x", "10500")
	term.keys("\x1b[200~return 'x'\x1b[201~")
	term.shows("> return 'x'")
	y := strings.Count(term.text(), "\n")
	term.eventually("expected colours", func() bool { return term.screen.Cell(2, y).FG != term.screen.Cell(0, y).FG })
}

func TestEditingKeys(t *testing.T) {
	term := start(t, 80, 24, program(t))
	term.ready()
	term.keys("one two three" + ctrlLeft + ctrlLeft + altD)
	term.shows("> one  three")
	term.keys(ctrlA + "x")
	term.shows("> xone  three")
	term.keys(ctrlW + "\x1b[3~\x1b[Fy")
	term.eventually("expected the edited line", func() bool { return strings.HasSuffix(term.text(), "y") })
	term.keys(ctrlC)
	term.ready()
}

func TestNarrowTerminal(t *testing.T) {
	term := start(t, 20, 10, program(t))
	term.ready()
	term.keys("'abcdefghijklmnopqrstuvwxyz'")
	term.shows("> 'abcdefghijklmnopq\nrstuvwxyz'")
	term.keys(left + backspace + "Z" + enter)
	term.shows("> 'abcdefghijklmnopq\nrstuvwxyZ'\n\"abcdefghijklmnopqrs\ntuvwxyZ\"\n>")
	term.keys("error('" + strings.Repeat("e", 30) + "')" + enter)
	term.eventually("expected the error", func() bool {
		return strings.Contains(term.text(), "\n    1 | error('eeeee\n") && strings.HasSuffix(term.text(), "\n>")
	})
	term.keys("sodium." + tab)
	term.eventually("expected names", func() bool { return strings.Contains(term.text(), "bin2hex\ncrypto_box_keypair\n") })
	term.keys(ctrlC)
}

func TestColours(t *testing.T) {
	coloured := start(t, 80, 24, program(t))
	coloured.types("return 'x'", `"x"`)
	without := program(t)
	without.Env = append(without.Env, "NO_COLOR=1")
	plain := start(t, 80, 24, without)
	plain.types("return 'x'", `"x"`)
	ground := plain.screen.Cell(2, 2).FG
	if coloured.screen.Cell(2, 2).FG == ground || coloured.screen.Cell(0, 3).FG == ground {
		t.Error("no colours")
	}
	coloured.keys(".mail 'x'")
	coloured.shows("> .mail 'x'")
	if coloured.screen.Cell(9, 4).FG != ground {
		t.Error("a command is coloured as if it were Lua")
	}
	for x := range 10 {
		if plain.screen.Cell(x, 2).FG != ground || plain.screen.Cell(x, 3).FG != ground {
			t.Errorf("colour at %d in spite of NO_COLOR", x)
		}
	}
}

func TestDumbTerminal(t *testing.T) {
	cmd := program(t)
	cmd.Env = append(cmd.Env, "TERM=dumb")
	term := start(t, 80, 24, cmd)
	term.ready()
	term.keys("1 + 1\n")
	term.shows("> 1 + 1\n2\n>")
	term.keys("if x then\n")
	term.shows(">>")
	term.keys(ctrlC)
	term.shows(">> ^C\n>")
	term.keys("print('begun') while true do end\n")
	term.shows("begun")
	term.keys(ctrlC)
	term.eventually("expected the end", func() bool { return strings.Contains(term.text(), "interrupted") })
	term.keys(ctrlD)
	if status := term.exits(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

func TestSignalsEndThePrompt(t *testing.T) {
	term := start(t, 80, 24, program(t))
	term.ready()
	term.signal(syscall.SIGTERM)
	if status := term.exits(); status != 128+int(syscall.SIGTERM) {
		t.Errorf("exit status %d", status)
	}
}

func TestExitAtThePrompt(t *testing.T) {
	term := start(t, 80, 24, program(t))
	term.types("background.on_signal(function() os.exit(7) end)", "")
	term.signal(syscall.SIGUSR1)
	if status := term.exits(); status != 7 {
		t.Errorf("exit status %d", status)
	}
}

func TestOutputWithoutLineEnd(t *testing.T) {
	term := start(t, 80, 24, program(t))
	term.types("do io.write('no end') end", "no end")
	term.types("do os.execute('printf x') end", "x")
	term.types("(select(2, io.write('no end'), 1))", "no end\n1")
	term.types("io.write('no end') error('oops', 0)", "no end\noops\n    1 | io.write('no end') error('oops', 0)\nstack traceback:\n        [C]: in function 'error'\n        input 4:1: in main chunk")
}
