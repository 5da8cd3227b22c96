package daemon

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"qrelay/runtime/await"
)

// patience is how long a test waits for anything.
const patience = 30 * time.Second

// A daemon is one that runs as a process of its own.
type daemon struct {
	t              testing.TB
	dir            string // of the configuration
	order          order
	env            []string
	files          []*os.File // that it inherits, from descriptor 3 on
	err            *os.File   // standard error, if it is not to be read
	cmd            *exec.Cmd
	stdout, stderr await.Log
	notes          chan string // what it tells the service manager
	exited         chan struct{}
}

// newDaemon writes a configuration, in which {dir} stands for its folder.
func newDaemon(t testing.TB, config string) *daemon {
	t.Helper()
	dir, err := os.MkdirTemp("", "qd") // short enough for socket paths
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	d := &daemon{t: t, dir: dir, notes: make(chan string, 10_000)}
	d.order = order{Config: filepath.Join(dir, "config.lua"), Grace: patience}
	d.write("config.lua", config)
	return d
}

// write makes a file in the folder.
func (d *daemon) write(name, text string) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), []byte(strings.ReplaceAll(text, "{dir}", d.dir)), 0o644); err != nil {
		d.t.Fatal(err)
	}
}

func (d *daemon) path(name string) string { return filepath.Join(d.dir, name) }

func (d *daemon) exists(name string) bool {
	_, err := os.Lstat(d.path(name))
	return err == nil
}

// start starts the process, which is ended with the test at the latest.
func (d *daemon) start() {
	d.t.Helper()
	text, err := json.Marshal(d.order)
	if err != nil {
		d.t.Fatal(err)
	}
	d.cmd = exec.Command("/proc/self/exe")
	d.cmd.Dir = d.dir
	d.cmd.Env = append(os.Environ(), daemonEnv+"="+string(text), "GORACE=atexit_sleep_ms=0", "NOTIFY_SOCKET="+d.listenForNotes())
	d.cmd.Env = append(d.cmd.Env, d.env...)
	d.cmd.ExtraFiles = d.files
	d.cmd.Stdout, d.cmd.Stderr = &d.stdout, &d.stderr
	if d.err != nil {
		d.cmd.Stderr = d.err
	}
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	exited := make(chan struct{})
	d.exited = exited
	cmd := d.cmd
	go func() {
		defer close(exited)
		cmd.Wait()
	}()
	d.t.Cleanup(func() {
		cmd.Process.Kill()
		<-exited
	})
}

// listenForNotes makes the service manager's socket.
func (d *daemon) listenForNotes() string {
	d.t.Helper()
	path := d.path("notify")
	os.Remove(path)
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: path})
	if err != nil {
		d.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for buf := make([]byte, 1000); ; {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			d.notes <- string(buf[:n])
		}
	}()
	d.t.Cleanup(func() {
		conn.Close()
		<-ended
	})
	return path
}

// serve starts a daemon with this configuration and waits until it is ready.
func serve(t testing.TB, config string, set ...func(*daemon)) *daemon {
	t.Helper()
	d := newDaemon(t, config)
	for _, f := range set {
		f(d)
	}
	d.start()
	d.wantNote("READY=1")
	return d
}

// handler is a configuration with one handler.
func handler(body string) string {
	return "qmqp_listen('{dir}/q', function(m) " + body + " end)"
}

// wantNote takes the next note to the service manager, other than pings.
func (d *daemon) wantNote(want string) string {
	d.t.Helper()
	for {
		select {
		case note := <-d.notes:
			if note == "WATCHDOG=1" {
				continue
			}
			if !strings.HasPrefix(note, want) {
				d.t.Fatalf("told the service manager %q, want %q", note, want)
			}
			return note
		case <-d.exited:
			d.t.Fatalf("exited instead of %q:\n%s", want, d.stderr.String())
		case <-time.After(patience):
			d.t.Fatalf("waited in vain for %q:\n%s", want, d.stderr.String())
		}
	}
}

func (d *daemon) signal(sig syscall.Signal) {
	d.t.Helper()
	if err := d.cmd.Process.Signal(sig); err != nil {
		d.t.Fatal(err)
	}
}

// wantExit waits for the end and checks the exit status.
func (d *daemon) wantExit(status int) {
	d.t.Helper()
	select {
	case <-d.exited:
	case <-time.After(patience):
		d.t.Fatalf("does not end:\n%s", d.stderr.String())
	}
	if got := d.cmd.ProcessState.ExitCode(); got != status {
		d.t.Errorf("exit status %d, want %d (%v):\n%s", got, status, d.cmd.ProcessState, d.stderr.String())
	}
}

// stop ends the daemon in good order.
func (d *daemon) stop() {
	d.t.Helper()
	d.signal(syscall.SIGTERM)
	d.wantExit(0)
}

// printed waits until the script has printed a line.
func (d *daemon) printed(line string) {
	d.t.Helper()
	eventually(d.t, "the script prints "+line, func() bool { return strings.Contains(d.stdout.String(), line+"\n") })
}

// says waits until standard error has the parts in one line.
func (d *daemon) says(parts ...string) {
	d.t.Helper()
	eventually(d.t, fmt.Sprintf("standard error has %q", parts), func() bool { return d.stderr.Count(parts...) > 0 })
}

const aRequest = "46:1:m,18:sender@example.com,16:rcpt@example.org,,"

// dial connects to one of the daemon's sockets.
func (d *daemon) dial(network, address string) net.Conn {
	d.t.Helper()
	conn, err := net.Dial(network, address)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return conn
}

// send sends a mail to {dir}/q.
func (d *daemon) send() net.Conn {
	d.t.Helper()
	conn := d.dial("unix", d.path("q"))
	if _, err := io.WriteString(conn, aRequest); err != nil {
		d.t.Fatal(err)
	}
	return conn
}

// wantReply reads to the end.
func (d *daemon) wantReply(conn net.Conn, want string) {
	d.t.Helper()
	got, err := io.ReadAll(conn)
	if err != nil || string(got) != want {
		d.t.Errorf("got %q, %v, want %q\n%s", got, err, want, d.stderr.String())
	}
}

// eventually waits until something is true.
var eventually = await.Until
