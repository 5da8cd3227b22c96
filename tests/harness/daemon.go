package harness

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A Daemon is a running qrelay.
type Daemon struct {
	t      testing.TB
	cmd    *exec.Cmd
	output string        // file with stdout and stderr
	ended  chan struct{} // closed when the process has been waited for
	err    error         // valid then
}

// StartDaemon starts qrelay with the arguments and waits until it is ready. At
// the end of the test it is ended with SIGTERM, and must exit with 0.
func StartDaemon(t testing.TB, env []string, args ...string) *Daemon {
	t.Helper()
	dir := t.TempDir()
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer notify.Close()
	d := &Daemon{t: t, output: filepath.Join(dir, "output"), ended: make(chan struct{})}
	output, err := os.Create(d.output)
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	d.cmd = exec.Command(Program("qrelay"), args...)
	d.cmd.Stdout, d.cmd.Stderr = output, output
	d.cmd.Env = slices.Concat(os.Environ(), env, []string{"NOTIFY_SOCKET=" + notify.LocalAddr().String()})
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		d.err = d.cmd.Wait()
		close(d.ended)
		notify.Close()
	}()
	t.Cleanup(d.stop)
	d.waitReady(notify)
	return d
}

func (d *Daemon) waitReady(notify *net.UnixConn) {
	d.t.Helper()
	buf := make([]byte, 4096)
	for {
		if err := notify.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
			d.t.Fatalf("the daemon has ended: %s", d.Output())
		}
		n, err := notify.Read(buf)
		if err != nil {
			d.t.Fatalf("the daemon does not get ready (%v): %s", err, d.Output())
		}
		if slices.Contains(strings.Split(string(buf[:n]), "\n"), "READY=1") {
			return
		}
	}
}

// Output returns what the daemon has printed so far.
func (d *Daemon) Output() string {
	text, err := os.ReadFile(d.output)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text)
}

// PID is the number of the process.
func (d *Daemon) PID() int { return d.cmd.Process.Pid }

// stop ends the daemon as a service manager would.
func (d *Daemon) stop() {
	d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.ended:
	case <-time.After(30 * time.Second):
		d.cmd.Process.Kill()
		<-d.ended
		d.t.Errorf("the daemon did not end: %s", d.Output())
	}
	if d.err != nil && !d.t.Failed() {
		d.t.Errorf("the daemon: %v\n%s", d.err, d.Output())
	}
}
