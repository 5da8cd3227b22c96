package relay

import (
	"context"
	"strings"
	"testing"
	"time"

	"qrelay/runtime/mail"
	"qrelay/runtime/qmqp"
)

// A handler that does not return an action fails for this mail alone, and the
// log tells why, with file and line.
func TestFailingHandlers(t *testing.T) {
	tests := map[string]struct{ body, logged string }{
		"string":         {"error('my reason')", "config.lua:1: my reason"},
		"level0":         {"error('my reason', 0)", "error=\"my reason\""},
		"table":          {"error({code = 1})", "(error object is a table value)"},
		"nil":            {"error(nil)", "(error object is a nil value)"},
		"number":         {"error(42)", "error=42"},
		"mail":           {"error(m)", "(error object is a userdata value)"},
		"action":         {"error(m:discard())", "(error object is a userdata value)"},
		"index":          {"local t; return t.x", "attempt to index"},
		"call":           {"return no_such_function(m)", "attempt to call"},
		"recursion":      {"local function f() return 1 + f() end f()", "config.lua:1: stack overflow"},
		"after-sleep":    {"sleep(0.001) error('my reason')", "config.lua:1: my reason"},
		"in-coroutine":   {"return coroutine.wrap(function() error('my reason') end)()", "my reason"},
		"nothing":        {"", ":1: the handler returned nil instead of an action"},
		"nil-first":      {"return nil, m:discard()", "returned nil instead of an action"},
		"returns-string": {"return 'Kok'", "returned string instead of an action"},
		"returns-number": {"return 1", "returned number instead of an action"},
		"returns-table":  {"return {}", "returned table instead of an action"},
		"returns-true":   {"return true", "returned boolean instead of an action"},
		"returns-mail":   {"return m", "returned mail instead of an action"},
		"returns-method": {"return m.discard", "returned function instead of an action"},
	}
	bodies := map[string]string{"next": "return m:discard()"}
	for name, test := range tests {
		bodies[name] = test.body
	}
	b := handlers(t, bodies)
	for name, test := range tests {
		before := b.log.Count("script failed", test.logged, "pid=", "uid=")
		reply, record := b.submit(mailFrom(name + "@example.com"))
		if reply != "Zscript failed" || !strings.HasSuffix(record.Message, " script failed") {
			t.Errorf("%s: got %q, record %q", name, reply, record.Message)
		}
		if b.log.Count("script failed", test.logged, "pid=", "uid=") != before+1 {
			t.Errorf("%s: not logged with %q:\n%s", name, test.logged, b.log.String())
		}
		b.wants("next", "Kdiscarded")
	}
	b.logged("script failed", "my reason", "traceback=", "config.lua:")
	b.logged("script failed", "returned nil", "traceback=", "config.lua:")
}

// What a script raises cannot make lines of its own in the log, nor reach the
// terminal of who reads it.
func TestLogInjection(t *testing.T) {
	b := handlers(t, map[string]string{
		"raise":  `error('x\nlevel=ERROR msg=forged \27[2J \0 \r')`,
		"output": `return m:exec_raw('/bin/sh', '-c', "printf 'x\\nlevel=ERROR msg=forged \\033[2J'; exit 1")`,
		"reject": `return m:reject('x\nlevel=ERROR msg=forged \27[2J')`,
	})
	for _, name := range []string{"raise", "output", "reject"} {
		b.reply(mailFrom(name + "@example.com"))
	}
	if log := b.log.String(); strings.ContainsAny(log, "\x1b\x00\r") {
		t.Errorf("control characters in the log: %q", log)
	}
	for line := range strings.Lines(b.log.String()) {
		if !strings.HasPrefix(line, "time=") {
			t.Errorf("forged line: %q", line)
		}
	}
	b.logged("script failed", `\nlevel=ERROR msg=forged`)
	b.logged("program failed", `\nlevel=ERROR msg=forged`)
}

// Of several results the first counts.
func TestSeveralResults(t *testing.T) {
	b := handlers(t, map[string]string{
		"nil":     "return m:discard(), nil",
		"string":  "return m:discard(), 'x', 1, {}",
		"discard": "return m:discard(), m:reject()",
		"reject":  "return m:reject(), m:discard()",
		"tail":    "local function f() return m:reject('tail') end return f()",
	})
	b.wants("nil", "Kdiscarded")
	b.wants("string", "Kdiscarded")
	b.wants("discard", "Kdiscarded")
	b.wants("reject", "Drejected")
	b.wants("tail", "Dtail")
}

// A handler that computes without end is ended, and holds up others no longer
// than the limit.
func TestTurnLimit(t *testing.T) {
	limited := func(p *plan) { p.turnLimit = 300 * time.Millisecond }
	b := handlers(t, map[string]string{
		"loop":   "while true do end",
		"pcall":  "while true do pcall(function() while true do end end) end",
		"string": "local s = 'x' while true do s = s:upper() end",
		"next":   "return m:discard()",
	}, limited)
	for _, name := range []string{"loop", "pcall", "string"} {
		b.wants(name, "Zscript failed")
		b.logged("script failed", "the script ran for more than 300ms without waiting")
		b.wants("next", "Kdiscarded")
	}
}

// Handlers that wait do not hold up others.
func TestHandlersWaitSideBySide(t *testing.T) {
	b := handle(t, "if m.sender == 'slow@example.com' then print('waiting') sleep(1000) end return m:discard()")
	slow := b.dial()
	slow.send(mailFrom("slow@example.com"))
	eventually(t, "the slow one waits", func() bool { return b.printed.Count("waiting") == 1 })
	b.wants("quick", "Kdiscarded")
	slow.Close()
	eventually(t, "the slow one is gone", func() bool { return b.server.Inflight() == 0 })
	b.records.all()
}

func TestSleepAnywhere(t *testing.T) {
	b := handlers(t, map[string]string{
		"plain":       "sleep(0.001) return m:discard()",
		"zero":        "sleep(0) return m:discard()",
		"pcall":       "local ok, a = pcall(function() sleep(0.001) return m:discard() end) return a",
		"sort":        "table.sort({3, 1, 2}, function(a, b) sleep(0.001) return a < b end) return m:discard()",
		"metamethod":  "local t = setmetatable({}, {__index = function() sleep(0.001) return m:discard() end}) return t.x",
		"coroutine":   "return coroutine.wrap(function() sleep(0.001) return m:discard() end)()",
		"tail":        "local function f() return sleep(0.001) end f() return m:discard()",
		"negative":    "sleep(-1) return m:discard()",
		"after-error": "pcall(function() sleep(0.001) error('x') end) sleep(0.001) return m:discard()",
	})
	for _, name := range []string{"plain", "zero", "pcall", "sort", "metamethod", "coroutine", "tail", "after-error"} {
		b.wants(name, "Kdiscarded")
	}
	b.wants("negative", "Zscript failed")
}

// A handler that yields waits until another mail resumes it, as often as it
// likes.
func TestYieldAndResume(t *testing.T) {
	b := newBed(t, `
		local waiting
		log_server = '{log}'
		qmqp_listen('{sock}', function(m)
			if m.sender == 'yield@example.com' then
				waiting = coroutine.running()
				print('ready')
				print('first', coroutine.yield(1))
				print('second', coroutine.yield(2))
				sleep(0)
				m:insert_header('X-Late', 'still my mail')
				return m:reject(m:header('X-Late'))
			end
			print('resumed', coroutine.resume(waiting, m.sender))
			return m:discard()
		end)`)
	yielding := b.dial()
	yielding.send(mailFrom("yield@example.com"))
	eventually(t, "it has the turn", func() bool { return printed(b) })
	b.wants("one", "Kdiscarded")
	b.wants("two", "Kdiscarded")
	if got := yielding.reply(); got != "Dstill my mail" {
		t.Errorf("got %q", got)
	}
	for _, line := range []string{"first\tone@example.com\n", "resumed\ttrue\t2\n", "second\ttwo@example.com\n", "resumed\ttrue\n"} {
		if b.printed.Count(line) != 1 {
			t.Errorf("no line %q in %q", line, b.printed.String())
		}
	}
	b.wants("late", "Kdiscarded")
	if b.printed.Count("cannot resume dead coroutine") == 0 {
		t.Errorf("resuming it once more: %q", b.printed.String())
	}
	b.records.all()
}

// Nothing of a mail can be used when its handler has ended.
func TestStaleMail(t *testing.T) {
	b := newBed(t, `
		local old, cgroup, xattr, discard
		local function fails(f, ...)
			local ok, err = pcall(f, ...)
			print(not ok and err:find('Stale object', 1, true) and 'stale' or 'usable')
		end
		log_server = '{log}'
		qmqp_listen('{sock}', function(m)
			if not old then
				old, discard, cgroup = m, m.discard, m.cgroup
				xattr = cgroup and cgroup.xattr
				return m:discard()
			end
			for _, name in ipairs{'sender', 'recipients', 'pid', 'uid', 'gid', 'account', 'cgroup', 'peer', 'size', 'connect'} do
				fails(function() return old[name] end)
			end
			fails(function() old.sender = 'x@y' end)
			fails(function() old.account = 'x' end)
			fails(discard, old)
			fails(function() old:insert_header('X', 'y') end)
			if cgroup then
				fails(function() return cgroup.path end)
				fails(function() return cgroup.parent end)
				fails(function() return cgroup.xattr end)
				fails(function() return xattr.x end)
				print(tostring(cgroup) ~= '' and tostring(old) == 'mail' and 'stale')
			end
			return m:discard()
		end)`)
	b.wants("first", "Kdiscarded")
	b.wants("second", "Kdiscarded")
	if n := b.printed.Count("stale"); n < 14 || b.printed.Count("usable") != 0 {
		t.Errorf("printed %q", b.printed.String())
	}
}

// A mail goes stale also for those who use it from elsewhere while its handler
// waits, even in the middle of a call.
func TestStaleWithinACall(t *testing.T) {
	b := newBed(t, `
		local other, go_on
		log_server = '{log}'
		qmqp_listen('{sock}', function(m)
			if m.sender == 'owner@example.com' then
				other, go_on = m, coroutine.running()
				print('ready')
				coroutine.yield()
				return m:discard()
			end
			local value = setmetatable({}, {__tostring = function()
				coroutine.resume(go_on)
				sleep(0)
				return 'late'
			end})
			print(pcall(other.insert_header, other, 'X-Late', value))
			return m:discard()
		end)`)
	owner := b.dial()
	owner.send(mailFrom("owner@example.com"))
	eventually(t, "ready", func() bool { return printed(b) })
	b.wants("other", "Kdiscarded")
	if got := owner.reply(); got != "Kdiscarded" {
		t.Errorf("got %q", got)
	}
	if b.printed.Count("false", "Stale object") != 1 {
		t.Errorf("printed %q", b.printed.String())
	}
	b.records.all()
}

// An action may be kept and returned for other mails. It then is about those.
func TestActionForAnotherMail(t *testing.T) {
	h := newHop(t, answers("3:Kok,"))
	b := newBed(t, `
		local kept
		log_server = '{log}'
		qmqp_listen('{sock}', function(m) kept = kept or m:connect('{hop}') return kept end)
		qmqp_listen('127.0.0.1:0', function(m) return kept end)`, hopAt(h))
	b.wants("one", "Kok")
	b.wants("two", "Kok")
	for _, want := range []string{"one@example.com", "two@example.com"} {
		if r := <-h.requests; r.Sender != want {
			t.Errorf("next hop got the mail of %q", r.Sender)
		}
	}
	h.close()
	c := dialTo(t, "tcp", b.server.Listeners()[1])
	if got := c.exchange(mailFrom("three@example.com")); got != "Zconnect failed" {
		t.Errorf("got %q", got)
	}
	b.logged("relaying failed", "client="+c.LocalAddr().String())
	b.records.all()
}

// broken is an action of a module.
type broken struct{}

func (broken) Relay(context.Context, *mail.Mail) qmqp.Response { panic("oops") }

// An action that panics is a temporary failure of one mail.
func TestPanickingAction(t *testing.T) {
	b := handle(t, "return broken", func(p *plan) { p.broken = broken{} })
	reply, record := b.submit(mailFrom("a@example.com"))
	if reply != "Zinternal server error" || !strings.HasSuffix(record.Message, " internal server error") {
		t.Errorf("got %q, record %q", reply, record.Message)
	}
	b.logged("panic while serving a mail", "oops", "stack=", "pid=")
}
