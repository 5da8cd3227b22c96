package relay

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// A step is a piece of a handler and what it must print: its results, or its
// error, which may be a part of the whole.
type step struct{ code, want string }

// tryAll is Lua for handlers that run steps.
const tryAll = `
	local function numbers(n) local t = {} for i = 1, n do t[i] = i end return t end
	local function text(...)
		local t = {}
		for i = 1, select('#', ...) do t[i] = tostring((select(i, ...))) end
		return table.concat(t, ' ')
	end
	local function try(n, f)
		local ok, err = (function(ok, ...) return ok, text(...) end)(pcall(f))
		print(n .. (ok and ' = ' or ' ! ') .. err)
	end
`

// body makes a handler of steps.
func body(steps []step) string {
	var b strings.Builder
	for i, s := range steps {
		fmt.Fprintf(&b, "try(%d, function() %s end) ", i, s.code)
	}
	return tryAll + b.String() + " return m:discard()"
}

// checkSteps compares what the steps have printed. A want that begins with '!'
// is a part of an error; others are whole results.
func (b *bed) checkSteps(steps []step) {
	b.t.Helper()
	out := b.printed.String()
	for i, s := range steps {
		got, want := linesOf(out, i), b.expand(s.want)
		ok := got == fmt.Sprintf("%d = %s\n", i, want)
		if part, isError := strings.CutPrefix(want, "!"); isError {
			ok = strings.HasPrefix(got, fmt.Sprintf("%d ! ", i)) && strings.Contains(got, part)
		}
		if !ok {
			b.t.Errorf("%s: want %q, got:\n%s", s.code, want, got)
		}
	}
}

func linesOf(out string, step int) (found string) {
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, fmt.Sprintf("%d ", step)) {
			found += line
		}
	}
	return found
}

// runSteps runs steps in a handler, with a mail of this message.
func runSteps(t *testing.T, message string, steps []step) {
	t.Helper()
	b := handle(t, body(steps))
	if got := b.reply(request(message, "s@example.com", "a@example.com", "b@example.com")); got != "Kdiscarded" {
		t.Fatalf("got %q\n%s", got, b.log.String())
	}
	b.checkSteps(steps)
}

const knownNames = "sender, recipients, pid, uid, gid, account, cgroup, peer, size, connect, exec, exec_raw, discard, reject, insert_header, header, get_cgroup, get_mount_info"

func TestMailAttributes(t *testing.T) {
	runSteps(t, "Subject: hello\n\nbody\n", []step{
		{"return tostring(m), type(m)", "mail userdata"},
		{"return m.sender", "s@example.com"},
		{"return #m.recipients, m.recipients[1], m.recipients[2]", "2 a@example.com b@example.com"},
		{"return m.recipients == m.recipients", "false"},
		{"m.recipients[1] = 'x' table.insert(m.recipients, 'y') return #m.recipients, m.recipients[1]", "2 a@example.com"},
		{"return m.pid, m.uid, m.gid", fmt.Sprintf("%d %d %d", os.Getpid(), os.Getuid(), os.Getgid())},
		{"return m.peer", "nil"},
		{"return m.size", "21"},
		{"return m.account", "nil"},
		{"m.account = 'acct' return m.account", "acct"},
		{"m.account = 42 return m.account", "42"},
		{"m.account = 1e15 return m.account", "1e+15"},
		{"m.account = nil return m.account", "nil"},
		{"m.account = ''", "!account: an account must not be empty; clear it instead"},
		{"m.account = {}", "!account: string expected, got table"},
		{"m.account = true", "!account: string expected, got boolean"},
		{"return m.account", "nil"},
		{"m.sender = 'new@example.net' return m.sender", "new@example.net"},
		{"m.sender = '' return '<' .. m.sender .. '>'", "<>"},
		{"m.sender = 'bad'", `!sender: Malformed email address "bad"`},
		{"m.sender = nil", "!sender: string expected, got nil"},
		{"m.sender = {}", "!sender: string expected, got table"},
		{"m.sender = m", "!sender: string expected, got mail"},
		{"m.sender = 42", `!sender: Malformed email address "42"`},
		{"return '<' .. m.sender .. '>'", "<>"},
		{"return m.nonsense", `!mail has no attribute "nonsense" (it has ` + knownNames + ")"},
		{"return m[1]", "!mail has no attribute of type number (it has sender"},
		{"return m[m]", "!mail has no attribute of type userdata"},
		{"m.nonsense = 1", `!mail: attribute "nonsense" cannot be set (these can: sender, account)`},
		{"m.recipients = {}", `!mail: attribute "recipients" cannot be set (these can: sender, account)`},
		{"m.discard = 1", `!mail: attribute "discard" cannot be set`},
		{"return getmetatable(m)", "mail"},
		{"setmetatable(m, {})", "!"},
		{"return m:header('subject'), m:header('X-None')", "hello nil"},
		{"m:insert_header('X-A', 'in') return m:header('x-a')", "in"},
		{"m:insert_header('Subject', 'changed') return m:header('Subject')", "changed"},
		{"return m:header('Received')", "nil"},
		{"return m:header()", "!mail:header: expected 1 argument, got 0"},
		{"return m:header({})", "!bad argument #1 to 'mail:header' (string expected, got table)"},
	})
}

func TestMailMethodsCheckArguments(t *testing.T) {
	runSteps(t, "m", []step{
		{"return m:discard(1)", "!mail:discard: expected no arguments, got 1"},
		{"return m:discard(nil)", "!mail:discard: expected no arguments, got 1"},
		{"return m.discard()", "!calling 'mail:discard' on bad self (mail expected, got no value)"},
		{"return m.discard(42)", "!calling 'mail:discard' on bad self (mail expected, got number)"},
		{"return m.discard(m:discard())", "!calling 'mail:discard' on bad self (mail expected, got action)"},
		{"return m:reject('a', 'b')", "!mail:reject: expected 0 to 1 argument, got 2"},
		{"return m:reject({})", "!bad argument #1 to 'mail:reject' (string expected, got table)"},
		{"return m.reject('x')", "!calling 'mail:reject' on bad self"},
		{"return m:connect()", "!mail:connect: expected 1 to 2 arguments, got 0"},
		{"return m:connect('/a', {}, 1)", "!mail:connect: expected 1 to 2 arguments, got 3"},
		{"return m:connect('/a', '/b')", "!bad argument #2 to 'mail:connect' (table expected, got string)"},
		{"return m:connect(nil)", "!bad argument #1 to 'mail:connect' (address expected, got nil)"},
		{"return m:connect({})", "!bad argument #1 to 'mail:connect' (address expected, got table)"},
		{"return m:connect(42)", "!bad argument #1 to 'mail:connect' (address expected, got number)"},
		{"return m:connect(m)", "!bad argument #1 to 'mail:connect' (address expected, got mail)"},
		{"return m:connect('localhost')", "!a host name stands where an IP address is needed"},
		{"return m:connect('localhost:628')", "!a host name stands where an IP address is needed"},
		{"return m:connect('')", "!Malformed address"},
		{"return m:connect('127.0.0.1:99999')", "!Malformed address"},
		{"return m:connect('127.0.0.1')", "connect 127.0.0.1:628"},
		{"return m:connect('127.0.0.1:99')", "connect 127.0.0.1:99"},
		{"return m:connect('::1')", "connect [::1]:628"},
		{"return m:connect('[::1]:99')", "connect [::1]:99"},
		{"return m:connect('/x')", "connect /x"},
		{"return m:connect('@x')", "connect @x"},
		{"return m:exec()", "!mail:exec: expected at least 1 argument, got 0"},
		{"return m:exec(nil)", "!bad argument #1 to 'mail:exec' (string expected, got nil)"},
		{"return m:exec(true)", "!bad argument #1 to 'mail:exec' (string expected, got boolean)"},
		{"return m:exec({})", "!bad argument #1 to 'mail:exec' (string expected, got table)"},
		{"return m:exec('/bin/true', nil)", "!bad argument #2 to 'mail:exec' (string expected, got nil)"},
		{"return m:exec('/bin/true', {}, 'b')", "!bad argument #2 to 'mail:exec' (string expected, got table)"},
		{"return m:exec('/bin/true', 'a\\0b')", "!bad argument #2 to 'mail:exec' (a program's arguments cannot contain NUL)"},
		{"return m:exec_raw('/bin/\\0true')", "!bad argument #1 to 'mail:exec_raw' (a program's arguments cannot contain NUL)"},
		{"return m:exec('/bin/true', 42)", "exec /bin/true"},
		{"return m:exec_raw('/bin/true', 'a', {})", "exec_raw /bin/true"},
		{"return m:exec('/bin/true', unpack(numbers(31)))", "exec /bin/true"},
		{"return m:exec('/bin/true', unpack(numbers(32)))", "!bad argument #33 to 'mail:exec' (too many arguments: at most 32, the program included)"},
		{"return m:get_cgroup()", "!mail:get_cgroup: expected 1 argument, got 0"},
		{"return m:get_mount_info({})", "!bad argument #1 to 'mail:get_mount_info' (string expected, got table)"},
		{"return m:get_mount_info('relative')", `!mail:get_mount_info: mount point "relative" is not an absolute path`},
		{"return m:get_mount_info('/no/such/mount')", "nil"},
		{"return m:get_mount_info('/proc').filesystem, m:get_mount_info('/proc').root", "proc /"},
		{"return type(m:get_mount_info('/proc').source)", "string"},
	})
}

func TestOptions(t *testing.T) {
	runSteps(t, "m", []step{
		{"return m:connect('/x', nil)", "connect /x"},
		{"return m:connect('/x', {})", "connect /x"},
		{"return m:connect('/x', {timeout = 0.001})", "connect /x"},
		{"return m:connect('/x', {timeout = 3600})", "connect /x"},
		{"return m:connect('/x', {timeout = 3600.1})", `!bad argument #2 to 'mail:connect' (option "timeout": seconds expected, more than 0 and at most 3600)`},
		{"return m:connect('/x', {timeout = 0})", `!option "timeout": seconds expected, more than 0`},
		{"return m:connect('/x', {timeout = -1})", `!option "timeout": seconds expected, more than 0`},
		{"return m:connect('/x', {timeout = 0/0})", `!option "timeout": seconds expected, more than 0`},
		{"return m:connect('/x', {timeout = '5'})", `!option "timeout": number expected, got string`},
		{"return m:connect('/x', {timeout = true})", `!option "timeout": number expected, got boolean`},
		{"return m:connect('/x', {time = 1})", `!bad argument #2 to 'mail:connect' (unknown option "time" (known: timeout))`},
		{"return m:connect('/x', {1})", "!unknown option of type number (known: timeout)"},
		{"return m:exec('/x', 'a', {env = {A = 'b', N = 1}, timeout = 1.5})", "exec /x"},
		{"return m:exec('/x', 'a', {environment = {}})", `!bad argument #3 to 'mail:exec' (unknown option "environment" (known: env, timeout))`},
		{"return m:exec('/x', {env = 'A=b'})", `!bad argument #2 to 'mail:exec' (option "env": table expected, got string)`},
		{"return m:exec('/x', {env = {'A=b'}})", `!option "env": names must be non-empty strings without '=' and NUL`},
		{"return m:exec('/x', {env = {[''] = 'b'}})", `!option "env": names must be non-empty strings`},
		{"return m:exec('/x', {env = {['A=B'] = 'b'}})", `!option "env": names must be non-empty strings`},
		{"return m:exec('/x', {env = {['A\\0'] = 'b'}})", `!option "env": names must be non-empty strings`},
		{"return m:exec('/x', {env = {A = true}})", `!option "env": A: string expected, got boolean`},
		{"return m:exec('/x', {env = {A = 'a\\0'}})", `!option "env": A: a variable cannot contain NUL`},
		{"local e = {} for i = 1, 32 do e['V' .. i] = '' end return m:exec('/x', {env = e})", "exec /x"},
		{"local e = {} for i = 1, 33 do e['V' .. i] = '' end return m:exec('/x', {env = e})", `!option "env": at most 32 variables are allowed`},
		{"return m:exec_raw('/x', {timeout = 0})", `!bad argument #2 to 'mail:exec_raw' (option "timeout"`},
	})
}

func TestInsertHeader(t *testing.T) {
	steps := []step{
		{"m:insert_header('A', 'v')", ""},
		{"m:insert_header('!#$%&()*+,-./;<=>?@[]^_{|}~', '')", ""},
		{"m:insert_header('X-Number', 42)", ""},
		{"m:insert_header('X-Object', setmetatable({}, {__tostring = function() sleep(0.001) return 'text' end})) return m:header('X-Object')", "text"},
		{"m:insert_header('X', setmetatable({}, {__tostring = function() return 1 end}))", "!bad argument #2 to 'mail:insert_header' (its __tostring must return a string)"},
		{"m:insert_header('X', setmetatable({}, {__tostring = function() return 'a\\n' end}))", "!bad argument #2 to 'mail:insert_header' (Illegal header value of X"},
		{"m:insert_header('X', {})", "!bad argument #2 to 'mail:insert_header' (string expected, got table)"},
		{"m:insert_header('X', true)", "!bad argument #2 to 'mail:insert_header' (string expected, got boolean)"},
		{"m:insert_header('X', nil)", "!bad argument #2 to 'mail:insert_header' (string expected, got nil)"},
		{"m:insert_header('X')", "!mail:insert_header: expected 2 arguments, got 1"},
		{"m:insert_header('X', 'a', 'b')", "!mail:insert_header: expected 2 arguments, got 3"},
		{"m:insert_header({}, 'a')", "!bad argument #1 to 'mail:insert_header' (string expected, got table)"},
		{"m:insert_header('', 'a')", "!bad argument #1 to 'mail:insert_header' (Illegal header name: it is empty)"},
		{"m:insert_header('A B', 'a')", "!bad argument #1 to 'mail:insert_header' (Illegal header name"},
		{"m:insert_header('A:', 'a')", "!bad argument #1 to 'mail:insert_header' (Illegal header name"},
		{"m:insert_header('A\\r\\nB', 'a')", "!bad argument #1 to 'mail:insert_header' (Illegal header name"},
		{"m:insert_header('\\195\\164', 'a')", "!bad argument #1 to 'mail:insert_header' (Illegal header name"},
		{"m:insert_header('X', 'a\\r\\nB: c')", "!bad argument #2 to 'mail:insert_header' (Illegal header value of X"},
		{"m:insert_header('X', '\\195\\164')", "!bad argument #2 to 'mail:insert_header' (Illegal header value of X"},
		{"for i = 5, 16 do m:insert_header('X-' .. i, 'v') end", ""},
		{"m:insert_header('X-17', 'v')", "!mail:insert_header: too many headers: no more than 16 can be inserted"},
		{"return m:header('X-17'), m:header('X-16')", "nil v"},
	}
	runSteps(t, "m", steps)
}

// The last inserted comes first, then Received, then the message, untouched.
func TestRelayedMessage(t *testing.T) {
	h := newHop(t, answers("3:Kok,"))
	b := handle(t, `
		m:insert_header('X-First', '1')
		m:insert_header('X-Second', '2')
		m.sender = 'new@example.net'
		return m:connect('{hop}')`, hopAt(h))
	const message = "From: x\nX-Third: 3\r\n\r\n\x00binary\xff, no line end"
	reply, record := b.submit(request(message, "s@example.com", "a@example.com", "b@example.com"))
	if reply != "Kok" {
		t.Fatalf("got %q\n%s", reply, b.log.String())
	}
	got := <-h.requests
	want := fmt.Sprintf("X-Second: 2\r\nX-First: 1\r\nReceived: from PID=%d UID=%d with QMQP\r\n%s", os.Getpid(), os.Getuid(), message)
	if string(got.Message) != want {
		t.Errorf("got  %q\nwant %q", got.Message, want)
	}
	if got.Sender != "new@example.net" || strings.Join(got.Recipients, " ") != "a@example.com b@example.com" {
		t.Errorf("envelope: %q, %q", got.Sender, got.Recipients)
	}
	if record.Message != "from=<new@example.net> to=<a@example.com>,<b@example.com> ok" {
		t.Errorf("log record: %q", record.Message)
	}
}

// A client over TCP is no process of this machine.
func TestClientOverTCP(t *testing.T) {
	h := newHop(t, answers("3:Kok,"))
	steps := []step{
		{"return m.pid, m.uid, m.gid, m.cgroup", "nil nil nil nil"},
		{"return m:get_cgroup('memory'), m:get_mount_info('/proc')", "nil nil"},
		{"m:insert_header('X', m.peer) return type(m.peer)", "string"},
	}
	config := "log_server = '{log}' qmqp_listen('127.0.0.1:0', function(m) " +
		strings.Replace(body(steps), "m:discard()", "m:connect('{hop}')", 1) + " end)"
	b := newBed(t, config, hopAt(h))
	c := dialTo(t, "tcp", b.server.Listeners()[0])
	want := fmt.Sprintf("X: %s\r\nm", c.LocalAddr())
	if got := c.exchange(aRequest); got != "Kok" {
		t.Fatalf("got %q\n%s", got, b.log.String())
	}
	b.checkSteps(steps)
	if got := <-h.requests; string(got.Message) != want {
		t.Errorf("relayed %q, want %q", got.Message, want)
	}
	b.records.all()
	c = dialTo(t, "tcp", b.server.Listeners()[0])
	c.exchange("garbage")
	b.logged("closed without reply", "client="+c.LocalAddr().String())
}
