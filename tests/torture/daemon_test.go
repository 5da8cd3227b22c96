package torture

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"qrelay/tests/harness"
)

// A daemon is qrelay under a supervisor that starts it again whenever it has
// ended, as systemd does with Restart=always.
type daemon struct {
	b      *bed
	socket string
	plan

	mu      sync.Mutex
	now     *life
	stopped bool
	done    chan struct{} // the supervisor has ended
	fds     int           // that an idle daemon has
}

// A plan says how a daemon runs.
type plan struct {
	before  string   // Lua before the listener
	handler string   // Lua; the mail is m
	wrap    []string // a command that executes the program
	program string   // "": the one under test
	args    []string
	user    uint32 // 0: that of the test
	output  string // where it logs to; "": a file
}

// A life is one process.
type life struct {
	cmd   *exec.Cmd
	ready chan struct{} // closed when it has said so
	ended chan struct{} // closed when it has been waited for
}

// start runs a daemon until finish or stop.
func (b *bed) start(p plan) *daemon {
	b.Helper()
	d := &daemon{b: b, socket: b.path("q"), plan: p, done: make(chan struct{})}
	if d.program == "" {
		d.program = harness.Program("qrelay")
	}
	b.write("config.lua", fmt.Sprintf("%s\nqmqp_listen(%q, function(m) %s end)\n", p.before, d.socket, p.handler))
	if d.output == "" {
		d.output = b.path("output")
	}
	var err error
	if d.now, err = d.birth(); err != nil {
		b.Fatal(err)
	}
	go d.supervise()
	b.Cleanup(func() { d.stop(syscall.SIGKILL) })
	d.awaitReady(d.now)
	return d
}

func (d *daemon) supervise() {
	defer close(d.done)
	for {
		<-d.life().ended
		d.mu.Lock()
		if d.stopped {
			d.mu.Unlock()
			return
		}
		l, err := d.birth()
		if err != nil {
			d.b.Errorf("the daemon has no successor: %v", err)
			d.stopped = true
		} else {
			d.now = l
		}
		d.mu.Unlock()
		d.b.report.update(func() { d.b.row.restarts++ })
	}
}

// birth starts a process.
func (d *daemon) birth() (*life, error) {
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: d.b.path("notify"), Net: "unixgram"})
	if err != nil {
		return nil, err
	}
	os.Chmod(d.b.path("notify"), 0o666)
	output, err := os.OpenFile(d.output, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer output.Close()
	line := slices.Concat(d.wrap, []string{d.program, "serve", "--config", d.b.path("config.lua")}, d.args)
	l := &life{exec.Command(line[0], line[1:]...), make(chan struct{}), make(chan struct{})}
	l.cmd.Stdout, l.cmd.Stderr = output, output
	l.cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+d.b.path("notify"))
	l.cmd.SysProcAttr = d.credential()
	if err := l.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := notify.Read(buf)
			if err != nil {
				return
			}
			if strings.Contains(string(buf[:n]), "READY=1") {
				close(l.ready)
			}
		}
	}()
	go func() {
		l.cmd.Wait()
		notify.Close()
		os.Remove(d.b.path("notify"))
		close(l.ended)
	}()
	return l, nil
}

// credential makes a process one of the daemon's user.
func (p *plan) credential() *syscall.SysProcAttr {
	if p.user == 0 {
		return nil
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: p.user, Gid: p.user}}
}

// life returns the process that there is now; it may have ended.
func (d *daemon) life() *life {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *daemon) awaitReady(l *life) {
	d.b.Helper()
	select {
	case <-l.ready:
	case <-l.ended:
		d.b.Fatalf("the daemon has ended: %s", d.log())
	case <-time.After(patience):
		d.b.Fatalf("the daemon does not get ready: %s", d.log())
	}
}

// kill sends a signal to the process and waits for its end and successor.
func (d *daemon) kill(sig syscall.Signal) *life {
	d.b.Helper()
	old := d.life()
	old.cmd.Process.Signal(sig)
	d.b.fault()
	d.b.eventually("the daemon has a successor", func() bool { return d.life() != old })
	return d.life()
}

// stop ends the daemon for good and returns how the process ended.
func (d *daemon) stop(sig syscall.Signal) *os.ProcessState {
	d.mu.Lock()
	d.stopped = true
	l := d.now
	d.mu.Unlock()
	l.cmd.Process.Signal(sig)
	select {
	case <-l.ended:
	case <-time.After(patience):
		l.cmd.Process.Kill()
		<-l.ended
		d.b.Errorf("the daemon did not end after %v", sig)
	}
	<-d.done
	return l.cmd.ProcessState
}

// pid is the number of the process.
func (d *daemon) pid() int { return d.life().cmd.Process.Pid }

// log returns all that the daemon has printed in its lives.
func (d *daemon) log() string {
	text, err := os.ReadFile(d.output)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
