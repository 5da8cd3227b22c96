package demo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	startTimeout = 20 * time.Second
	logTimeout   = 10 * time.Second
)

// A child is the daemon as a process.
type child struct {
	cmd   *exec.Cmd
	lines chan string // of its log; closed at its end
}

// startDaemon runs command in dir and waits until it says that it is ready, as
// a service manager would (sd_notify(3)).
func startDaemon(ctx context.Context, dir string, command []string) (*child, error) {
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "notify"), Net: "unixgram"})
	if err != nil {
		return nil, err
	}
	defer notify.Close()

	d := &child{cmd: exec.CommandContext(ctx, command[0], command[1:]...), lines: make(chan string, 1000)}
	d.cmd.Dir = dir
	d.cmd.Env = append(withoutServiceManager(os.Environ()), "NOTIFY_SOCKET="+notify.LocalAddr().String())
	d.cmd.Cancel = func() error { return d.cmd.Process.Signal(syscall.SIGTERM) }
	d.cmd.WaitDelay = startTimeout
	stderr, err := d.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := d.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the daemon: %w", err)
	}
	go d.readLog(stderr)
	if err := d.waitReady(notify); err != nil {
		return nil, errors.Join(err, d.end())
	}
	return d, nil
}

// withoutServiceManager drops the variables that are for this process alone.
func withoutServiceManager(env []string) []string {
	return slices.DeleteFunc(env, func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "JOURNAL_STREAM"}, name)
	})
}

// readLog passes the log on until the daemon ends. It never blocks: a line that
// nobody has room for is lost.
func (d *child) readLog(stderr io.Reader) {
	defer close(d.lines)
	scanner := bufio.NewScanner(stderr)
	for scanner.Scan() {
		select {
		case d.lines <- scanner.Text():
		default:
		}
	}
}

// waitReady reads notifications until READY=1. The daemon's end ends the wait.
func (d *child) waitReady(notify *net.UnixConn) error {
	if err := notify.SetReadDeadline(time.Now().Add(startTimeout)); err != nil {
		return err
	}
	ready := make(chan error, 1)
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := notify.Read(buf)
			if err != nil || slices.Contains(strings.Split(string(buf[:n]), "\n"), "READY=1") {
				ready <- err
				return
			}
		}
	}()
	var output []string
	for {
		select {
		case err := <-ready:
			if err != nil {
				return fmt.Errorf("the daemon does not get ready: %w", err)
			}
			return nil
		case line, ok := <-d.lines:
			if !ok {
				return fmt.Errorf("the daemon has ended:\n%s", strings.Join(output, "\n"))
			}
			output = append(output, line)
		}
	}
}

// logLine waits for the next line of the log with all these parts in it.
func (d *child) logLine(limit time.Duration, parts ...string) (string, error) {
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	for {
		select {
		case line, ok := <-d.lines:
			if !ok {
				return "", errors.New("the daemon has ended")
			}
			if containsAll(line, parts) {
				return line, nil
			}
		case <-timeout.C:
			return "", fmt.Errorf("the daemon's log has no line with %q", parts)
		}
	}
}

func containsAll(line string, parts []string) bool {
	return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(line, part) })
}

// end ends the daemon with SIGTERM and waits for it. A second call does nothing.
func (d *child) end() error {
	if d.cmd.ProcessState != nil {
		return nil
	}
	signalErr := d.cmd.Process.Signal(syscall.SIGTERM)
	if errors.Is(signalErr, os.ErrProcessDone) {
		signalErr = nil
	}
	for range d.lines { // to its end, which Wait must not come before
	}
	if err := d.cmd.Wait(); err != nil {
		return fmt.Errorf("the daemon: %w", err)
	}
	return signalErr
}
