package daemon

import (
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Whatever is wrong with the configuration is told on standard error, with
// file and line, and nothing is left listening.
func TestBadConfiguration(t *testing.T) {
	listen := "qmqp_listen('{dir}/q', print)\n"
	for name, c := range map[string]struct {
		config string
		want   []string
	}{
		"syntax":           {listen + "x = = 1", []string{"{dir}/config.lua:2:"}},
		"runtime":          {listen + "local function f()\n error('my reason')\nend\nf()", []string{"{dir}/config.lua:3: my reason", "stack traceback:", "{dir}/config.lua:5: in main chunk"}},
		"table":            {listen + "error({})", []string{"(error object is a table value)"}},
		"no listener":      {"print('hello')", []string{"No QMQP listeners configured"}},
		"empty":            {"", []string{"No QMQP listeners configured"}},
		"nothing passed":   {"qmqp_listen(systemd, print)", []string{"No QMQP listeners configured"}},
		"max_size":         {"max_size = 1000\n" + listen, []string{"{dir}/config.lua:2: qmqp_listen: `max_size` is too small: 1000, at least 1024 is allowed"}},
		"log_server":       {listen + "log_server = 'localhost'", []string{"log_server: ", "host name"}},
		"log_server first": {"log_server = 'localhost'\n" + listen, []string{"{dir}/config.lua:2: qmqp_listen: log_server: ", "host name"}},
		"log_server table": {listen + "log_server = {}", []string{"log_server: "}},
		"no such folder":   {"qmqp_listen('/no/such/folder/q', print)", []string{"{dir}/config.lua:1: qmqp_listen: listen /no/such/folder/q: ", "no such file or directory"}},
		"in dofile":        {listen + "dofile('other.lua')", []string{"other.lua:1: other reason"}},
		"missing dofile":   {listen + "dofile('missing.lua')", []string{"missing.lua"}},
		"sleeps and fails": {listen + "sleep(0.001) error('late')", []string{"{dir}/config.lua:2: late"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDaemon(t, c.config)
			d.write("other.lua", "error('other reason')")
			d.start()
			d.wantExit(1)
			for _, want := range c.want {
				if !strings.Contains(d.stderr.String(), strings.ReplaceAll(want, "{dir}", d.dir)) {
					t.Errorf("no %q in:\n%s", want, d.stderr.String())
				}
			}
			if d.exists("q") {
				t.Error("the socket is left behind")
			}
			if len(d.notes) > 0 {
				t.Errorf("told the service manager %q", <-d.notes)
			}
		})
	}
}

func TestNoConfiguration(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(*daemon)
		want    string
	}{
		"missing":        {func(d *daemon) { os.Remove(d.path("config.lua")) }, "cannot read the configuration: stat {dir}/config.lua: no such file or directory"},
		"missing folder": {func(d *daemon) { d.order.Config = "none/config.lua" }, "cannot read the configuration: stat {dir}/none/config.lua: no such file or directory"},
		"no path":        {func(d *daemon) { d.order.Config = "" }, "cannot read the configuration: its path is empty"},
		"a folder":       {func(d *daemon) { d.order.Config = d.dir }, "read {dir}: is a directory"},
		"unreadable":     {unreadable, "open {dir}/config.lua: permission denied"},
	} {
		d := newDaemon(t, "")
		c.prepare(d)
		d.start()
		d.wantExit(1)
		if want := strings.ReplaceAll(c.want, "{dir}", d.dir); !strings.Contains(d.stderr.String(), want) {
			t.Errorf("%s: no %q in:\n%s", name, want, d.stderr.String())
		}
	}
}

// unreadable makes the configuration unreadable, also for root's daemon.
func unreadable(d *daemon) {
	os.Chmod(d.path("config.lua"), 0)
	os.Chmod(d.dir, 0o755)
	if os.Getuid() == 0 {
		d.order.User = 65534
	}
}

// The script runs in its own folder, whatever the path; the daemon then leaves
// it.
func TestWorkingDirectory(t *testing.T) {
	d := newDaemon(t, "")
	if err := os.Mkdir(d.path("sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	d.write("sub/config.lua", "print(dofile('part.lua')) qmqp_listen('q', function(m) print(io.open('part.lua')) return m:discard() end)")
	d.write("sub/part.lua", "return 'part'")
	d.order.Config = "sub/config.lua"
	d.start()
	d.wantNote("READY=1")
	d.printed("part")
	if cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", d.cmd.Process.Pid)); err != nil || cwd != "/" {
		t.Errorf("working directory %q, %v", cwd, err)
	}
	conn := d.dial("unix", d.path("sub/q"))
	conn.Write([]byte(aRequest))
	d.wantReply(conn, "10:Kdiscarded,")
	d.printed("nil\tpart.lua: No such file or directory\t2")
	d.stop()
	if d.exists("sub/q") {
		t.Error("the socket is left behind")
	}
}

// Mails that come while the configuration is read wait.
func TestMailsWaitForTheConfiguration(t *testing.T) {
	d := newDaemon(t, handler("return m:discard()")+" print('listening') while not io.open('{dir}/go') do sleep(0.001) end")
	d.start()
	d.printed("listening")
	conn := d.send()
	d.write("go", "")
	d.wantReply(conn, "10:Kdiscarded,")
	d.stop()
}

// A signal that comes while the configuration is read is not lost.
func TestEarlySignals(t *testing.T) {
	const config = " print('reading') while not io.open('{dir}/go') do sleep(0.001) end"
	t.Run("TERM", func(t *testing.T) {
		d := newDaemon(t, handler("return m:discard()")+config)
		d.start()
		d.printed("reading")
		d.stop()
		if d.exists("q") || d.stderr.Count("error") > 0 {
			t.Errorf("socket left: %v, log:\n%s", d.exists("q"), d.stderr.String())
		}
	})
	t.Run("HUP", func(t *testing.T) {
		d := newDaemon(t, handler("return m:discard()")+" function reload() print('reloaded') end "+config)
		d.start()
		d.printed("reading")
		d.signal(syscall.SIGHUP)
		d.write("go", "")
		d.printed("reloaded")
		d.stop()
	})
}

// The socket file of a daemon that was killed does not hinder the next.
func TestStaleSocket(t *testing.T) {
	d := serve(t, handler("return m:discard()"))
	d.signal(syscall.SIGKILL)
	<-d.exited
	if !d.exists("q") {
		t.Fatal("no socket file is left")
	}
	d.start()
	d.wantNote("READY=1")
	d.wantReply(d.send(), "10:Kdiscarded,")
	d.stop()
	if d.exists("q") {
		t.Error("the socket is left behind")
	}
}

// Sockets that the service manager passes, one local and one TCP.
func TestSocketActivation(t *testing.T) {
	d := newDaemon(t, "qmqp_listen(systemd, function(m) return m:reject(m.peer and 'tcp' or 'unix') end)")
	local, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: d.path("q")})
	if err != nil {
		t.Fatal(err)
	}
	local.SetUnlinkOnClose(false)
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []interface{ File() (*os.File, error) }{local, tcp.(*net.TCPListener)} {
		file, err := l.File()
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		d.files = append(d.files, file)
	}
	local.Close()
	tcp.Close()
	d.order.Sockets = len(d.files)
	d.start()
	d.wantNote("READY=1")
	d.wantReply(d.send(), "5:Dunix,")
	conn := d.dial("tcp", tcp.Addr().String())
	conn.Write([]byte(aRequest))
	d.wantReply(conn, "4:Dtcp,")
	d.stop()
	if !d.exists("q") {
		t.Error("the service manager's socket is gone")
	}
}

// A passed descriptor that is no listening stream socket is an error.
func TestBadSocketActivation(t *testing.T) {
	d := newDaemon(t, "qmqp_listen(systemd, print)")
	null, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	d.files, d.order.Sockets = []*os.File{null}, 1
	d.start()
	d.wantExit(1)
	d.says("config.lua:1: qmqp_listen: ", "it is not a socket")
}

// Check tells what a daemon would listen on, and does not.
func TestCheck(t *testing.T) {
	d := newDaemon(t, "qmqp_listen('q', print) qmqp_listen('127.0.0.1', print) qmqp_listen(systemd, print)")
	d.order.Check = true
	d.start()
	d.wantExit(0)
	if want := fmt.Sprintf("listener %s/q\nlistener 127.0.0.1:628\nlistener systemd\n", d.dir); d.stdout.String() != want {
		t.Errorf("got %q, want %q", d.stdout.String(), want)
	}
	if d.exists("q") || len(d.notes) > 0 {
		t.Error("a check has effects")
	}
	for config, want := range map[string]string{"": "No QMQP listeners configured", "error('x')": "config.lua:1: x"} {
		d := newDaemon(t, config)
		d.order.Check = true
		d.start()
		d.wantExit(1)
		d.says(want)
	}
}

// The programs of mails, and those that scripts start, get the default
// signals.
func TestProgramsInheritNoSignals(t *testing.T) {
	d := serve(t, handler("return m:exec_raw('/bin/grep', '-E', 'Sig(Blk|Ign):', '/proc/self/status')"))
	d.wantReply(d.send(), "51:KSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n,")
	d.stop()
}

// Standard error may be gone: the daemon goes on.
func TestStandardErrorIsGone(t *testing.T) {
	d := newDaemon(t, handler("print('handled') return m:connect('/no/such/path')"))
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	d.err = w
	d.start()
	w.Close()
	d.wantNote("READY=1")
	d.wantReply(d.send(), "15:Zconnect failed,")
	if err := unix.Kill(d.cmd.Process.Pid, unix.SIGPIPE); err != nil {
		t.Fatal(err)
	}
	d.wantReply(d.send(), "15:Zconnect failed,")
	d.stop()
}
