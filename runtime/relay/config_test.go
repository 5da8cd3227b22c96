package relay

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// configSteps runs steps while the configuration is read.
func configSteps(t *testing.T, steps []step) {
	t.Helper()
	var code strings.Builder
	for i, s := range steps {
		fmt.Fprintf(&code, "try(%d, function() %s end) ", i, s.code)
	}
	b := prepare(t, tryAll+"local function h(m) return m:discard() end "+code.String())
	b.checkSteps(steps)
}

func TestListenChecksArguments(t *testing.T) {
	configSteps(t, []step{
		{"qmqp_listen()", "!qmqp_listen: expected 2 arguments, got 0"},
		{"qmqp_listen('/x')", "!qmqp_listen: expected 2 arguments, got 1"},
		{"qmqp_listen('/x', h, 1)", "!qmqp_listen: expected 2 arguments, got 3"},
		{"qmqp_listen('{dir}/x', 'h')", "!bad argument #2 to 'qmqp_listen' (function expected, got string)"},
		{"qmqp_listen('{dir}/x', nil)", "!bad argument #2 to 'qmqp_listen' (function expected, got nil)"},
		{"qmqp_listen('{dir}/x', setmetatable({}, {__call = h}))", "!bad argument #2 to 'qmqp_listen' (function expected, got table)"},
		{"qmqp_listen(42, h)", "!bad argument #1 to 'qmqp_listen' (path, @name, host:port or systemd expected, got number)"},
		{"qmqp_listen(nil, h)", "!bad argument #1 to 'qmqp_listen' (path, @name, host:port or systemd expected, got nil)"},
		{"qmqp_listen({}, h)", "!bad argument #1 to 'qmqp_listen' (path, @name, host:port or systemd expected, got table)"},
		{"qmqp_listen('127.0.0.1:99999', h)", "!bad argument #1 to 'qmqp_listen'"},
		{"qmqp_listen('{dir}/no/such/folder', h)", "!no such file or directory"},
		{"qmqp_listen('{dir}', h)", "!qmqp_listen: listen {dir}:"},
		{"qmqp_listen('{dir}/" + strings.Repeat("x", 108) + "', h)", "!bad argument #1 to 'qmqp_listen'"},
		{"qmqp_listen('@" + strings.Repeat("x", 108) + "', h)", "!bad argument #1 to 'qmqp_listen'"},
		{"qmqp_listen('no-such-host.invalid:1', h)", "!bad argument #1 to 'qmqp_listen'"},
		{"return type(systemd), tostring(systemd)", "userdata systemd"},
		{"qmqp_listen('{dir}/x', h)", ""},
		{"qmqp_listen('@qrelay-relay-test-" + fmt.Sprint(os.Getpid()) + "', h)", ""},
		{"qmqp_listen('@qrelay-relay-test-" + fmt.Sprint(os.Getpid()) + "', h)", "!address already in use"},
		{"qmqp_listen('127.0.0.1:0', h)", ""},
		{"qmqp_listen('[::1]:0', h)", ""},
		{"qmqp_listen('localhost:0', h)", ""},
		{"qmqp_listen(qmqp_resolve('{dir}/y'), h)", ""},
		{"qmqp_listen(systemd, h)", ""},
	})
}

func TestMaxSizeValues(t *testing.T) {
	var steps []step
	for value, want := range map[string]string{
		"1024": "", "1024.9": "", "2^24": "", "2^30": "", "'2048'": "", "'0x800'": "",
		"1023":         "!`max_size` is too small: 1023, at least 1024 is allowed",
		"1023.9":       "!`max_size` is too small: 1023.9",
		"0":            "!`max_size` is too small: 0",
		"-1":           "!`max_size` is too small: -1",
		"0/0":          "!`max_size` is too small",
		"2^30 + 1":     "!`max_size` is too large: 1073741825, at most 1073741824 is allowed",
		"2^40":         "!`max_size` is too large",
		"1/0":          "!`max_size` is too large",
		"'12'":         "!`max_size` is too small: 12",
		"'abc'":        "!`max_size` must be a number, not string",
		"''":           "!`max_size` must be a number, not string",
		"nil":          "!`max_size` must be a number, not nil",
		"true":         "!`max_size` must be a number, not boolean",
		"{}":           "!`max_size` must be a number, not table",
		"print":        "!`max_size` must be a number, not function",
		"qmqp_resolve": "!`max_size` must be a number, not function",
	} {
		steps = append(steps, step{fmt.Sprintf("max_size = %s qmqp_listen('{dir}/x%d', h)", value, len(steps)), want})
	}
	configSteps(t, steps)
}

// A single request must not need more memory than all may have.
func TestMaxSizeAndMaxInflight(t *testing.T) {
	small := func(p *plan) { p.MaxInflight = 1 << 20 }
	_, err := configure(t, "max_size = 2^20 + 1 qmqp_listen('{sock}', print)", small)
	if err == nil || !strings.Contains(err.Error(), "`max_size` is 1048577, but all messages in memory may have 1048576 bytes together (--max-inflight)") {
		t.Errorf("got %v", err)
	}
	if _, err := configure(t, "max_size = 2^20 qmqp_listen('{sock}', print)", small); err != nil {
		t.Error(err)
	}
}

// Records go wherever log_server says.
func TestLogServer(t *testing.T) {
	path, name := filepath.Join(shortDir(t), "log"), fmt.Sprintf("@qrelay-relay-log-%d", os.Getpid())
	for _, at := range [][2]string{{"unixgram", path}, {"unixgram", name}, {"udp4", "127.0.0.1:0"}, {"udp6", "[::1]:0"}} {
		conn, err := net.ListenPacket(at[0], at[1])
		if err != nil {
			t.Fatal(err)
		}
		conn.SetReadDeadline(time.Now().Add(patience))
		for _, value := range []string{"'%s'", "log_resolve('%s')"} {
			value = fmt.Sprintf(value, conn.LocalAddr())
			b := newBed(t, "qmqp_listen('{sock}', function(m) return m:discard() end) log_server = "+value)
			if got := b.dial().exchange(aRequest); got != "Kdiscarded" {
				t.Errorf("%s: got %q", value, got)
			}
			if n, _, err := conn.ReadFrom(make([]byte, 1000)); n == 0 || err != nil {
				t.Errorf("%s: no record: %v", value, err)
			}
		}
		conn.Close()
	}
}

func TestLogServerValues(t *testing.T) {
	for value, want := range map[string]string{
		"'127.0.0.1'": "127.0.0.1:5479", "'::1'": "[::1]:5479", "'224.0.0.1:99'": "224.0.0.1:99", "log_resolve('localhost')": "5479",
	} {
		b := prepare(t, "log_server = "+value)
		if a, ok := b.server.LogServer(); !ok || !strings.Contains(a.String(), want) {
			t.Errorf("%s: got %v", value, a)
		}
	}
	for _, value := range []string{"'localhost'", "'log.example.com:1'", "''", "42", "{}", "true", "print", "'127.0.0.1:99999'"} {
		_, err := configure(t, "log_server = "+value)
		if err == nil || !strings.HasPrefix(err.Error(), "log_server: ") || !strings.Contains(err.Error(), "log_resolve(…) is allowed") {
			t.Errorf("%s: got %v", value, err)
		}
	}
}

// A log server that is not there costs records and nothing else.
func TestLogServerGone(t *testing.T) {
	b := newBed(t, "log_server = '{dir}/nobody' qmqp_listen('{sock}', function(m) return m:discard() end)")
	if got := b.dial().exchange(aRequest); got != "Kdiscarded" {
		t.Errorf("got %q", got)
	}
	b.logged("log record dropped", "no such file or directory", "pid=")
}

// What blocks, or has no meaning later, is gone after start-up.
func TestGlobals(t *testing.T) {
	names := "for _, n in ipairs{'qmqp_listen', 'max_size', 'qmqp_resolve', 'log_resolve', 'control_resolve', 'systemd', 'qrelay'} do print(WHEN, n, type(_G[n])) end "
	b := newBed(t, strings.Replace(names, "WHEN", "'start'", 1)+
		"print(tostring(qmqp_resolve('127.0.0.1')), tostring(log_resolve('127.0.0.1')), tostring(control_resolve('127.0.0.1'))) print(max_size)"+
		"log_server = '{log}' qmqp_listen('{sock}', function(m) "+strings.Replace(names, "WHEN", "'later'", 1)+" return m:discard() end)")
	b.wants("a", "Kdiscarded")
	for _, line := range []string{
		"start\tqmqp_listen\tfunction", "start\tmax_size\tnumber", "start\tqmqp_resolve\tfunction", "start\tlog_resolve\tfunction",
		"start\tcontrol_resolve\tfunction", "start\tsystemd\tuserdata", "start\tqrelay\tnil",
		"127.0.0.1:628\t127.0.0.1:5479\t127.0.0.1:5478\n", "16777216\n",
		"later\tqmqp_listen\tnil", "later\tmax_size\tnil", "later\tqmqp_resolve\tnil", "later\tlog_resolve\tnil", "later\tcontrol_resolve\tnil",
	} {
		if b.printed.Count(line) != 1 {
			t.Errorf("no %q in:\n%s", line, b.printed.String())
		}
	}
}

// What a script has kept of these goes on working, as far as it can.
func TestKeptGlobals(t *testing.T) {
	b := newBed(t, `
		local listen, resolve = qmqp_listen, qmqp_resolve
		max_size = 2048
		log_server = '{log}'
		qmqp_listen('{sock}', function(m)
			print(tostring(resolve('127.0.0.1:99')))
			print(pcall(listen, '{dir}/late', print))
			return m:discard()
		end)`)
	b.wants("a", "Kdiscarded")
	if b.printed.Count("127.0.0.1:99\n") != 1 || b.printed.Count("false", "qmqp_listen: listeners can only be made while the configuration is read") != 1 {
		t.Errorf("printed %q", b.printed.String())
	}
	if exists(b, "late") {
		t.Error("a listener that nobody serves")
	}
}

// A relative path is taken from the working directory of start-up.
func TestRelativePath(t *testing.T) {
	dir := shortDir(t)
	t.Chdir(dir)
	b := newBed(t, "qmqp_listen('relative', function(m) return m:discard() end)")
	if got := b.server.Listeners(); len(got) != 1 || got[0] != filepath.Join(dir, "relative") {
		t.Errorf("listeners %q", got)
	}
	t.Chdir("/")
	if got := dialTo(t, "unix", filepath.Join(dir, "relative")).exchange(aRequest); got != "Kdiscarded" {
		t.Errorf("got %q", got)
	}
}

func TestSocketFiles(t *testing.T) {
	b := prepare(t, `
		qmqp_listen('{dir}/a', function(m) return m:discard() end)
		qmqp_listen('{dir}/stale', function(m) return m:reject() end)`)
	for _, name := range []string{"a", "stale"} {
		if info, err := os.Stat(filepath.Join(b.dir, name)); err != nil || info.Mode() != os.ModeSocket|0o666 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	b.server.Stop(t.Context())
	if exists(b, "a") || exists(b, "stale") {
		t.Error("socket files are left behind")
	}
}

func TestStartWithoutListeners(t *testing.T) {
	for _, config := range []string{"", "qmqp_listen(systemd, print)"} {
		b := prepare(t, config)
		if err := b.server.Start(); err != ErrNoListeners || err.Error() != "No QMQP listeners configured" {
			t.Errorf("%q: got %v", config, err)
		}
	}
}

// In a dry run nothing is made, but everything is checked.
func TestDryRun(t *testing.T) {
	dry := func(p *plan) { p.DryRun = true }
	b := prepare(t, "log_server = '{log}' qmqp_listen('{dir}/a', print) qmqp_listen(systemd, print) qmqp_listen('127.0.0.1', print)", dry)
	if got := strings.Join(b.server.Listeners(), " "); got != b.dir+"/a systemd 127.0.0.1:628" {
		t.Errorf("got %q", got)
	}
	if exists(b, "a") {
		t.Error("the socket was made")
	}
	if _, err := configure(t, "max_size = 1 qmqp_listen('{dir}/a', print)", dry); err == nil {
		t.Error("a bad max_size was accepted")
	}
}
