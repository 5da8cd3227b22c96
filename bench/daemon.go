package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"qrelay/runtime/address"
	"qrelay/runtime/sock"
)

// A daemon is a process that is loaded.
type daemon struct {
	cmd *exec.Cmd
	log bytes.Buffer
}

// start runs a daemon and waits until it takes connections at socket.
func start(ctx context.Context, socket string, argv ...string) (*daemon, error) {
	d := &daemon{cmd: exec.CommandContext(ctx, argv[0], argv[1:]...)}
	d.cmd.Stderr = &d.log
	d.cmd.Cancel = func() error { return d.cmd.Process.Signal(syscall.SIGTERM) }
	d.cmd.WaitDelay = 5 * time.Second
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	if err := awaitListener(ctx, socket); err != nil {
		d.stop()
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, &d.log)
	}
	return d, nil
}

func awaitListener(ctx context.Context, socket string) error {
	a, err := address.Parse(socket, 0)
	if err != nil {
		return err
	}
	return await(ctx, 5*time.Second, func() (bool, error) {
		c, err := sock.Dial(ctx, a)
		if err != nil {
			return false, nil
		}
		return true, c.Close()
	})
}

// await polls until done returns true or an error.
func await(ctx context.Context, patience time.Duration, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// stop ends the daemon.
func (d *daemon) stop() {
	_ = d.cmd.Process.Signal(syscall.SIGTERM) // fails if it has ended
	_ = d.cmd.Wait()                          // the status of a signal is not an error here
}

// processes returns the daemon's process and its children.
func (d *daemon) processes() ([]int, error) {
	pid := d.cmd.Process.Pid
	list, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return nil, err
	}
	pids := []int{pid}
	for _, field := range strings.Fields(string(list)) {
		child, err := strconv.Atoi(field)
		if err != nil {
			return nil, err
		}
		pids = append(pids, child)
	}
	return pids, nil
}

// cpu returns the CPU time that the daemon and its children have used.
func (d *daemon) cpu() (time.Duration, error) {
	pids, err := d.processes()
	if err != nil {
		return 0, err
	}
	var sum time.Duration
	for _, pid := range pids {
		var t unix.Timespec
		if err := unix.ClockGettime(cpuClock(pid), &t); err == nil { // one that has ended counts nothing
			sum += time.Duration(t.Nano())
		}
	}
	return sum, nil
}

// cpuClock is the clock of a process's CPU time, as clock_getcpuclockid(3)
// makes it. Unlike the figures of /proc it counts nanoseconds.
func cpuClock(pid int) int32 {
	const processSched = 2
	return int32(^pid<<3 | processSched)
}

// memory returns a field of /proc/PID/status in megabytes: VmRSS is what is in
// memory now, VmHWM the most that ever was.
func (d *daemon) memory(field string) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib * 1024 / 1e6, err
		}
	}
	return 0, fmt.Errorf("no %s in /proc/%d/status", field, d.cmd.Process.Pid)
}

// descriptors returns how many files the daemon has open.
func (d *daemon) descriptors() (int, error) {
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", d.cmd.Process.Pid))
	return len(files), err
}

// sockets returns how many of the daemon's files are sockets.
func (d *daemon) sockets() (int, error) {
	dir := fmt.Sprintf("/proc/%d/fd", d.cmd.Process.Pid)
	files, err := os.ReadDir(dir)
	count := 0
	for _, f := range files {
		if target, err := os.Readlink(dir + "/" + f.Name()); err == nil && strings.HasPrefix(target, "socket:") {
			count++
		}
	}
	return count, err
}
