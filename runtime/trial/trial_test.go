package trial

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"go.uber.org/goleak"

	"qrelay/runtime"
	"qrelay/runtime/relay"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a module whose functions deal with the world, as pg's do.
func world() runtime.Module {
	answer := runtime.Class[string]{Name: "answer", Meta: []runtime.Func{{Name: "__len", Sig: "#answer", Doc: "The number of rows.", Fn: func(L *lua.LState) int {
		L.Push(lua.LNumber(2))
		return 1
	}}}}
	return runtime.Module{Name: "world", Doc: "A world for tests.", Funcs: []runtime.Func{
		{Name: "ask", Sig: "world.ask(question) -> answer", Doc: "Waits.", Fn: func(L *lua.LState) int {
			L.Push(answer.New(L, "yes"))
			return 1
		}},
		{Name: "fail", Sig: "world.fail() -> nil, err", Doc: "Waits.", Fn: func(L *lua.LState) int {
			return runtime.Fail(L, errors.New("no such host"))
		}},
		{Name: "explode", Sig: "world.explode()", Doc: "Waits and raises.", Fn: func(L *lua.LState) int {
			L.RaiseError("explosion")
			return 0
		}},
		{Name: "think", Sig: "world.think() -> nil", Doc: "Does nothing.", Fn: func(*lua.LState) int { return 0 }},
	}}
}

// pondModule has a function that must not be called in a trial.
func pondModule(t *testing.T) runtime.Module {
	client := &runtime.Class[string]{Name: "pond", Methods: []runtime.Func{{Name: "send", Sig: "client:send(record)", Doc: "Sends.", Fn: func(L *lua.LState) int {
		t.Error("a record was sent")
		return 0
	}}}}
	return runtime.Module{Name: "pond", Doc: "Records.", Open: func(rt *runtime.Runtime, L *lua.LState) lua.LValue {
		return client.New(L, "")
	}}
}

func options(t *testing.T) Options {
	return Options{
		Modules: []runtime.Module{world(), pondModule(t)},
		Logger:  slog.New(slog.NewTextHandler(t.Output(), nil)),
		Stdout:  io.Discard,
	}
}

// write makes a file in a fresh folder.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const letter = "Return-Path: <bounce@a.example>\nFrom: Alice <alice@a.example>\nTo: bob@b.example,\n Carol <carol@c.example>\nCc: dave@d.example\n\nHello.\n"

// check runs Check over a configuration and a letter.
func check(t *testing.T, config string, set func(*CheckOptions)) (output string, err error) {
	t.Helper()
	o := CheckOptions{Options: options(t), Mail: Mail{File: write(t, "letter.eml", letter)}}
	o.Config = write(t, "config.lua", config)
	if set != nil {
		set(&o)
	}
	var out bytes.Buffer
	err = Check(t.Context(), o, &out)
	return out.String(), err
}

func TestCheckReportsWhatTheHandlerDid(t *testing.T) {
	out, err := check(t, `
		log_server = '127.0.0.1'
		pond:send{message = 'starting'}
		qmqp_listen('/x', function(m)
			assert(#m.recipients == 3 and m.recipients[2] == 'carol@c.example')
			assert(world.ask('SELECT\n 1'))
			assert(world.fail() == nil)
			world.think()
			assert(pond:send{message = 'hello'})
			m:insert_header('X-UID', m.uid)
			m.sender, m.account = 'new@a.example', 'alice'
			return m:exec('/bin/true', 'x', {timeout = 1.5, env = {A = 'b'}})
		end)`, func(o *CheckOptions) { o.Mail.UID = 77 })
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"action   exec /bin/true x\n", "timeout  1.5s\n", "env      A=b\n",
		"sender   <new@a.example> instead of <bounce@a.example>\n",
		"header   X-UID: 77\n", "account  alice\n",
		"call     world.ask(SELECT 1) -> 2 rows (", "call     world.fail() -> error: no such host (",
		`call     pond:send({ message = "hello" }) -> not done (`, "time     ",
	} {
		if !strings.Contains(out, line) {
			t.Errorf("no line %q in\n%s", line, out)
		}
	}
	if strings.Contains(out, "think") {
		t.Errorf("a call that does not wait is reported:\n%s", out)
	}
}

func TestCheckJSON(t *testing.T) {
	out, err := check(t, `qmqp_listen('/x', function(m) world.ask('why') return m:connect('10.0.0.1') end)`,
		func(o *CheckOptions) { o.JSON, o.Expect = true, "connect 10.0.0.1" })
	if err != nil {
		t.Fatal(err)
	}
	var got jsonReport
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if !got.OK || got.Description != "connect 10.0.0.1:628" || got.Action.Target != "10.0.0.1:628" || got.Sender != "bounce@a.example" {
		t.Errorf("got %s", out)
	}
	if len(got.Calls) != 1 || got.Calls[0].Function != "world.ask" || got.Calls[0].Args[0] != "why" {
		t.Errorf("calls are %+v", got.Calls)
	}
}

func TestCheckJSONOfAFailedHandler(t *testing.T) {
	out, err := check(t, `qmqp_listen('/x', function(m) error('oops') end)`, func(o *CheckOptions) { o.JSON = true })
	if err == nil {
		t.Error("no error")
	}
	var got jsonReport
	if jsonErr := json.Unmarshal([]byte(out), &got); jsonErr != nil {
		t.Fatal(jsonErr)
	}
	if got.OK || !strings.Contains(got.Error, "config.lua:1: oops") || !strings.Contains(got.Traceback, "stack traceback") || got.Action != nil {
		t.Errorf("got %s", out)
	}
}

func TestCheckFailures(t *testing.T) {
	good := `qmqp_listen('/x', function(m) return m:discard() end)`
	tests := []struct {
		title, config string
		set           func(*CheckOptions)
		want          string
	}{
		{"another action", good, func(o *CheckOptions) { o.Expect = "connect 10.0.0.1" }, `got "discard", expected "connect 10.0.0.1"`},
		{"no action", `qmqp_listen('/x', function(m) end)`, nil, "returned nil instead of an action"},
		{"a malformed expectation", `qmqp_listen('/x', function(m) return m:connect('::1') end)`, func(o *CheckOptions) { o.Expect = "connect somewhere" }, "somewhere"},
		{"an empty expectation", good, func(o *CheckOptions) { o.Expect = " " }, "the expected action is empty"},
		{"a syntax error", "x = = 1", nil, "config.lua:1:"},
		{"a database that is away", `assert(world.fail())`, nil, "no such host"},
		{"no listener", "", nil, "No QMQP listeners"},
		{"another listener", good, func(o *CheckOptions) { o.Mail.Listener = "/y" }, `no listener "/y"`},
		{"no configuration", "", func(o *CheckOptions) { o.Config = "/nowhere/config.lua" }, "cannot read the configuration"},
		{"no mail", good, func(o *CheckOptions) { o.Mail.File = "/nowhere.eml" }, "cannot read the mail"},
		{"a bad recipient", good, func(o *CheckOptions) { o.Mail.Recipients = []string{"a b"} }, "a b"},
		{"a bad attribute", good, func(o *CheckOptions) { o.Mail.Xattrs = []string{"x"} }, "NAME=VALUE"},
		{"a bad mount", good, func(o *CheckOptions) { o.Mail.Mounts = []string{"/home"} }, "POINT:ROOT:FILESYSTEM:SOURCE"},
		{"a bad control group", good, func(o *CheckOptions) { o.Mail.Cgroup = "x" }, "begins with /"},
		{"a bad peer", good, func(o *CheckOptions) { o.Mail.From = "/run/x" }, "no IP address"},
	}
	for _, test := range tests {
		t.Run(test.title, func(t *testing.T) {
			if _, err := check(t, test.config, test.set); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestCheckGoesBackToItsFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	before, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := check(t, "assert(io.open('config.lua')) qmqp_listen('/x', function(m) return m:discard() end)", nil); err != nil {
		t.Error(err)
	}
	if after, err := os.Getwd(); after != before || err != nil {
		t.Errorf("went from %s to %s, %v", before, after, err)
	}
}

func TestSubmitIsCancelled(t *testing.T) {
	o := options(t)
	o.Config = write(t, "config.lua", "qmqp_listen('/x', function(m) while true do pcall(sleep, 1) end end)")
	trial, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer trial.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := trial.Submit(ctx, &Mail{File: write(t, "letter.eml", letter)})
	if err != nil || !errors.Is(r.Err, context.Canceled) {
		t.Errorf("got %v, %v", r, err)
	}
}

func TestReload(t *testing.T) {
	o := options(t)
	o.Config = write(t, "config.lua", "n = 0 qmqp_listen('/x', function(m) return m:discard() end)")
	trial, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer trial.Close()
	if err := trial.Reload(t.Context()); !errors.Is(err, relay.ErrNoReload) {
		t.Errorf("got %v", err)
	}
	if err := trial.Runtime().DoString(t.Context(), "=x", "function reload() n = n + 1 end"); err != nil {
		t.Fatal(err)
	}
	if err := trial.Reload(t.Context()); err != nil {
		t.Error(err)
	}
	if err := trial.Runtime().DoString(t.Context(), "=x", "assert(n == 1 and qmqp_listen == nil) reload = 5"); err != nil {
		t.Error(err)
	}
	if err := trial.Reload(t.Context()); err == nil || err.Error() != "the global reload must be a function, not number" {
		t.Errorf("got %v", err)
	}
	if trial.LogServer() != "" || len(trial.Listeners()) != 1 {
		t.Errorf("log server %q, listeners %q", trial.LogServer(), trial.Listeners())
	}
}
