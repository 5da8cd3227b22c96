package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"regexp"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestServe(t *testing.T) {
	d := serve(t, handler("return m:discard()"))
	for range 3 {
		d.wantReply(d.send(), "10:Kdiscarded,")
	}
	d.stop()
	d.says("listening", d.path("q"))
	d.says("stopping", "in_flight=", "grace=")
	if d.exists("q") {
		t.Error("the socket is left behind")
	}
}

// What blocks is gone when the first mail comes.
func TestGlobalsAtStartOnly(t *testing.T) {
	d := serve(t, "print(type(qmqp_listen), type(max_size), type(qmqp_resolve), type(systemd))"+
		handler("print(type(qmqp_listen), type(max_size), type(qmqp_resolve), type(systemd)) return m:discard()"))
	d.wantReply(d.send(), "10:Kdiscarded,")
	d.stop()
	if want := "function\tnumber\tfunction\tuserdata\nnil\tnil\tnil\tuserdata\n"; d.stdout.String() != want {
		t.Errorf("printed %q", d.stdout.String())
	}
}

func TestEndSignals(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT} {
		d := serve(t, handler("return m:discard()"))
		d.wantReply(d.send(), "10:Kdiscarded,")
		d.signal(sig)
		d.wantNote("STOPPING=1")
		d.wantExit(0)
		if d.exists("q") || strings.Contains(d.stderr.String(), "goroutine ") {
			t.Errorf("%v: socket left: %v, log:\n%s", sig, d.exists("q"), d.stderr.String())
		}
	}
}

// Mails in flight may finish; new ones are not accepted.
func TestGrace(t *testing.T) {
	d := serve(t, handler("print('ready') while not io.open('{dir}/go') do sleep(0.001) end return m:discard()"))
	conn := d.send()
	d.printed("ready")
	d.signal(syscall.SIGTERM)
	d.wantNote("STOPPING=1")
	eventually(t, "it does not listen", func() bool {
		c, err := net.Dial("unix", d.path("q"))
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	d.write("go", "")
	d.wantReply(conn, "10:Kdiscarded,")
	d.wantExit(0)
	d.says("stopping", "in_flight=1")
}

// After the grace period, or a second signal, the rest is answered Z, and
// programs are ended.
func TestEndOfGrace(t *testing.T) {
	for name, c := range map[string]struct {
		grace time.Duration
		again bool
	}{
		"grace": {50 * time.Millisecond, false}, "none": {0, false}, "second signal": {time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := serve(t, handler("print('ready') if not n then n = 1 sleep(1000) end return m:exec_raw('/bin/sh', '-c', 'echo $$ >{dir}/pid; exec sleep 1000')"),
				func(d *daemon) { d.order.Grace = c.grace })
			sleeping := d.send()
			d.printed("ready")
			running := d.send()
			var pid int
			eventually(t, "the program runs", func() bool {
				text, _ := os.ReadFile(d.path("pid"))
				n, _ := fmt.Sscan(string(text), &pid)
				return n == 1
			})
			d.signal(syscall.SIGTERM)
			d.wantNote("STOPPING=1")
			if c.again {
				d.signal(syscall.SIGTERM)
			}
			d.wantReply(sleeping, "14:Zshutting down,")
			d.wantReply(running, "14:Zshutting down,")
			d.wantExit(0)
			eventually(t, "the program has ended", func() bool { return gone(pid) })
		})
	}
}

// gone tells whether a process has ended; nobody needs to have reaped it.
func gone(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	state := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))[0]
	return state == "Z" || state == "X"
}

// A program that ignores SIGTERM does not keep the daemon for ever, even less
// after a second signal.
func TestStubbornProgram(t *testing.T) {
	d := serve(t, handler(`return m:exec_raw('/bin/sh', '-c', 'trap "" TERM; echo $$ >{dir}/pid; while :; do sleep 0.01; done')`),
		func(d *daemon) { d.order.Grace = time.Hour })
	conn := d.send()
	eventually(t, "the program runs", func() bool { return d.exists("pid") })
	d.signal(syscall.SIGTERM)
	d.wantNote("STOPPING=1")
	d.signal(syscall.SIGINT)
	d.wantReply(conn, "14:Zshutting down,")
	d.wantExit(0)
}

// A script that is stuck in Go code is left behind at last.
func TestStuckScript(t *testing.T) {
	d := serve(t, handler("print('ready') test.hang()"), func(d *daemon) {
		d.order.Grace, d.order.LastResort = 10*time.Millisecond, 50*time.Millisecond
	})
	d.send()
	d.printed("ready")
	d.signal(syscall.SIGTERM)
	d.wantExit(1)
	d.says("a script does not end")
}

// SIGHUP runs reload, as a task of its own: mails are served meanwhile.
func TestReload(t *testing.T) {
	d := serve(t, handler("return m:reject(tostring(n))")+`
		n = 0
		function reload()
			n = n + 1
			print('begin', n)
			while not io.open('{dir}/go' .. n) do sleep(0.001) end
			print('end', n)
		end`)
	for n := 1; n <= 2; n++ {
		d.signal(syscall.SIGHUP)
		d.wantNote("RELOADING=1")
		d.printed(fmt.Sprintf("begin\t%d", n))
		d.wantReply(d.send(), fmt.Sprintf("2:D%d,", n))
		d.write(fmt.Sprintf("go%d", n), "")
		d.wantNote("READY=1")
	}
	d.says("level=INFO", "msg=reloaded")
	d.stop()
	if want := "begin\t1\nend\t1\nbegin\t2\nend\t2\n"; d.stdout.String() != want {
		t.Errorf("printed %q", d.stdout.String())
	}
}

// Signals that come while reload runs cause exactly one more run.
func TestReloadsMerge(t *testing.T) {
	d := newDaemon(t, `
		n = 0
		function reload()
			n = n + 1
			io.open('{dir}/begin' .. n, 'w'):close()
			while not io.open('{dir}/go') do sleep(0.001) end
		end`)
	t.Chdir(d.dir) // back at the end
	in, err := load(t.Context(), Options{Config: d.order.Config, Logger: slog.New(slog.DiscardHandler)}, false)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	signals, obeyed := make(chan os.Signal), make(chan bool)
	callback := in.rt.CallbackFunc("reload", in.reload)
	var obeying sync.WaitGroup
	obeying.Go(func() { obey(ctx, signals, func() { callback.Fire(); obeyed <- true }) })
	hangUp := func() {
		signals <- syscall.SIGHUP
		<-obeyed
	}
	hangUp()
	eventually(t, "reload runs", func() bool { return d.exists("begin1") })
	for range 10 {
		hangUp()
	}
	d.write("go", "")
	eventually(t, "reload runs once for all of them", func() bool { return d.exists("begin2") })
	hangUp()
	eventually(t, "reload runs for the last", func() bool { return d.exists("begin3") })
	cancel()
	obeying.Wait()
	if err := in.close(t.Context()); err != nil {
		t.Error(err)
	}
	if d.exists("begin4") {
		t.Error("the signals did not merge")
	}
}

// An error in reload is logged, and the next one is tried again. The function
// is looked up each time.
func TestReloadIsLookedUp(t *testing.T) {
	d := serve(t, handler("return m:discard()")+`
		function reload()
			print('first')
			reload = function()
				print('second')
				reload = nil
				error('my reason')
			end
		end`)
	d.signal(syscall.SIGHUP)
	d.wantNote("RELOADING=1")
	d.wantNote("READY=1")
	d.signal(syscall.SIGHUP)
	d.wantNote("RELOADING=1")
	d.wantNote("READY=1")
	d.says("level=ERROR", "reload failed", "config.lua:", "my reason", "traceback=")
	d.signal(syscall.SIGHUP) // there is none any more
	d.wantNote("RELOADING=1")
	d.wantNote("READY=1")
	d.says("level=INFO", "nothing to reload", "there is no global function reload")
	d.wantReply(d.send(), "10:Kdiscarded,")
	d.stop()
	if d.stdout.String() != "first\nsecond\n" {
		t.Errorf("printed %q", d.stdout.String())
	}
}

func TestReloadIsNoFunction(t *testing.T) {
	d := serve(t, handler("return m:discard()")+" reload = 42")
	d.signal(syscall.SIGHUP)
	d.says("reload failed", "the global reload must be a function, not number")
	d.wantReply(d.send(), "10:Kdiscarded,")
	d.stop()
}

// A reload that waits does not keep the daemon from ending.
func TestEndDuringReload(t *testing.T) {
	d := serve(t, handler("return m:discard()")+" function reload() print('begin') sleep(1000) end")
	d.signal(syscall.SIGHUP)
	d.printed("begin")
	d.stop()
}

// What the service manager is told, in order (sd_notify(3)).
func TestNotes(t *testing.T) {
	d := serve(t, handler("return m:discard()"))
	d.signal(syscall.SIGHUP)
	note := d.wantNote("RELOADING=1")
	if !regexp.MustCompile(`^RELOADING=1\nMONOTONIC_USEC=[0-9]+\n$`).MatchString(note) {
		t.Errorf("told %q", note)
	}
	d.wantNote("READY=1")
	d.signal(syscall.SIGTERM)
	d.wantNote("STOPPING=1")
	d.wantExit(0)
	if len(d.notes) != 0 {
		t.Errorf("told also %q", <-d.notes)
	}
}

// A service manager that is gone is no reason to fail.
func TestNobodyToTell(t *testing.T) {
	d := newDaemon(t, handler("return m:discard()"))
	d.env = []string{"NOTIFY_SOCKET=" + d.path("nobody")}
	d.start()
	d.says("listening")
	d.wantReply(d.send(), "10:Kdiscarded,")
	d.stop()
	d.says("cannot notify the service manager")
}

// The watchdog is fed as long as Lua gets on: a script that computes for too
// long is ended, one that is stuck in Go code is for the service manager.
func TestWatchdog(t *testing.T) {
	d := serve(t, handler("if n then test.hang() end n = 1 while true do end"), func(d *daemon) {
		d.env = []string{"WATCHDOG_USEC=20000"}
		d.order.TurnLimit, d.order.LastResort, d.order.Grace = 50*time.Millisecond, time.Millisecond, 0
	})
	for range 20 {
		d.wantPing()
	}
	d.wantReply(d.send(), "14:Zscript failed,")
	for range 20 {
		d.wantPing()
	}
	d.send()
	d.wantNoPings()
	d.signal(syscall.SIGTERM)
	d.wantNote("STOPPING=1")
	d.wantExit(1)
}

// Whoever has less patience than the turn limit gets no pings from a script
// that computes for longer than that.
func TestImpatientWatchdog(t *testing.T) {
	d := serve(t, handler("while true do end"), func(d *daemon) {
		d.env = []string{"WATCHDOG_USEC=20000"}
		d.order.TurnLimit, d.order.Grace = patience, 0
	})
	d.wantPing()
	d.send()
	d.wantNoPings()
	d.signal(syscall.SIGTERM)
	d.wantNote("STOPPING=1")
	d.wantExit(0)
}

func (d *daemon) wantNoPings() {
	d.t.Helper()
	eventually(d.t, "no more pings", func() bool {
		select {
		case <-d.notes:
			return false
		case <-time.After(time.Second): // 100 of them
			return true
		}
	})
}

func (d *daemon) wantPing() {
	d.t.Helper()
	select {
	case note := <-d.notes:
		if note != "WATCHDOG=1" {
			d.t.Fatalf("told the service manager %q", note)
		}
	case <-time.After(patience):
		d.t.Fatal("no ping")
	}
}

func TestBadWatchdog(t *testing.T) {
	d := serve(t, handler("return m:discard()"), func(d *daemon) { d.env = []string{"WATCHDOG_USEC=often"} })
	d.says("cannot feed the watchdog", "WATCHDOG_USEC")
	d.stop()
}

// The collector's target is the operator's, if there is one.
func TestTuneMemory(t *testing.T) {
	old := debug.SetGCPercent(100)
	defer debug.SetGCPercent(old)
	t.Setenv("GOGC", "50")
	tuneMemory()
	if got := debug.SetGCPercent(100); got != 100 {
		t.Errorf("with GOGC: %d", got)
	}
	t.Setenv("GOGC", "")
	tuneMemory()
	if got := debug.SetGCPercent(100); got != gcPercent {
		t.Errorf("without GOGC: %d", got)
	}
}

// Two signals end two contexts, one after the other.
func TestObeyEndSignals(t *testing.T) {
	first, second, stop := obeyEndSignals(t.Context())
	defer stop()
	for i, ctx := range []context.Context{first, second} {
		if ctx.Err() != nil {
			t.Fatalf("context %d has ended before its signal", i)
		}
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		<-ctx.Done()
	}
	parent, cancel := context.WithCancel(t.Context())
	first, second, stop = obeyEndSignals(parent)
	cancel()
	<-first.Done()
	if second.Err() != nil {
		t.Error("the end of the parent is no second signal")
	}
	stop()
	if second.Err() == nil {
		t.Error("a context has not ended after stop")
	}
}

// A daemon that takes the socket of one that runs says so.
func TestAnotherDaemonIsCutOff(t *testing.T) {
	first := serve(t, handler("return m:discard()"))
	second := newDaemon(t, fmt.Sprintf("qmqp_listen(%q, function(m) return m:reject() end)", first.path("q")))
	second.start()
	second.wantNote("READY=1")
	second.says("level=WARN", "another process was listening here, and is cut off now", "address="+first.path("q"))
	second.wantReply(first.send(), "9:Drejected,")
	first.stop()
	if !first.exists("q") {
		t.Error("the first one took the socket of the second away")
	}
	second.stop()
}
