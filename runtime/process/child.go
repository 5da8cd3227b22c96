package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// child is one program from its start until it has been reaped and its pipes
// are closed. One goroutine at a time awaits and signals it.
type child struct {
	pid    int
	pidfd  *os.File
	poller syscall.RawConn // of pidfd
	stdin  feeder
	stdout collector
	stderr collector // only in use if it is kept apart

	reaped bool
	status unix.WaitStatus
	lost   error // why there is no status
}

// start starts the program and the readers of its output.
func (g *Group) start(cmd *Command) (*child, error) {
	p, err := openPipes(cmd.SplitStderr)
	if err != nil {
		return nil, err
	}
	pid, pidfd, err := g.spawn(cmd, p)
	p.closeTheirs()
	if err != nil {
		p.closeOurs()
		return nil, err
	}
	c := &child{pid: pid, pidfd: os.NewFile(uintptr(pidfd), "pidfd")}
	if c.poller, err = c.pidfd.SyscallConn(); err != nil {
		panic(err) // only for a nil file
	}
	c.stdin = feeder{fd: p.stdin.w}
	c.stdout.start(p.stdout.r, cmd.OutputLimit)
	if cmd.SplitStderr {
		c.stderr.start(p.stderr.r, cmd.OutputLimit)
	}
	return c, nil
}

// spawn forks and executes. The thread's signal mask is empty meanwhile,
// because the child inherits it and the daemon may have been started with
// signals blocked.
//
// Forks happen one after the other anyway (syscall.ForkLock). Whoever waited
// there with its thread locked would make the Go runtime start another thread;
// here it does not, so that many mails at once do not take many threads.
func (g *Group) spawn(cmd *Command, p *pipes) (pid, pidfd int, err error) {
	g.forking.Lock()
	defer g.forking.Unlock()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var none, old unix.Sigset_t
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &none, &old); err != nil {
		return 0, -1, fmt.Errorf("sigmask: %w", err)
	}
	pidfd = -1
	pid, err = syscall.ForkExec(cmd.Path, append([]string{cmd.Path}, cmd.Args...), &syscall.ProcAttr{
		Dir:   "/",
		Env:   cmd.Env,
		Files: []uintptr{uintptr(p.stdin.r), uintptr(p.stdout.w), uintptr(p.stderr.w)},
		Sys:   &syscall.SysProcAttr{Setpgid: true, PidFD: &pidfd},
	})
	unix.PthreadSigmask(unix.SIG_SETMASK, &old, nil)
	if err != nil {
		return 0, -1, err
	}
	if err := pollable(pidfd); err != nil {
		abandon(pid)
		return 0, -1, err
	}
	return pid, pidfd, nil
}

// pollable prepares a pidfd for Go's poller.
func pollable(pidfd int) error {
	if pidfd < 0 {
		return errors.New("the kernel gives no pidfd (Linux 5.4 is needed)")
	}
	return unix.SetNonblock(pidfd, true)
}

// abandon ends a child at once and waits for its end.
func abandon(pid int) {
	unix.Kill(pid, unix.SIGKILL)
	for {
		if _, err := unix.Wait4(pid, nil, 0, nil); err != unix.EINTR {
			return
		}
	}
}

// await waits for the child's exit and reaps it. The error says what came
// first: the deadline (ErrTimeout; the zero time is none) or the end of one
// of the contexts (its cause). An exit that has already happened wins.
func (c *child) await(deadline time.Time, contexts ...context.Context) error {
	c.pidfd.SetReadDeadline(deadline)
	for _, ctx := range contexts {
		stop := context.AfterFunc(ctx, func() { c.pidfd.SetReadDeadline(time.Unix(1, 0)) })
		defer stop()
	}
	err := c.poller.Read(func(uintptr) bool { return c.reap() })
	if err == nil || c.reap() {
		return nil
	}
	for _, ctx := range contexts {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return ErrTimeout
}

// reap fetches the exit status if the child has exited. Waiting by process id
// is safe: the id is ours until this call has succeeded, and nobody else in the
// process waits for children that are not his.
func (c *child) reap() bool {
	if c.reaped {
		return true
	}
	pid, err := unix.Wait4(c.pid, &c.status, unix.WNOHANG, nil)
	if pid == 0 || err == unix.EINTR {
		return false
	}
	if err != nil {
		c.lost = fmt.Errorf("exit status lost: %w", err)
	}
	c.reaped = true
	return true
}

// signal sends a signal to the whole process group; sigNone only asks whether
// the group has members. The pidfd names the group even after its leader has
// been reaped, but only since Linux 6.9. By number it is safe until then. A
// program that has moved to another group is signalled alone.
func (c *child) signal(sig unix.Signal) error {
	err := error(unix.EBADF)
	c.poller.Control(func(fd uintptr) {
		err = unix.PidfdSendSignal(int(fd), sig, nil, unix.PIDFD_SIGNAL_PROCESS_GROUP)
	})
	if err != nil && !c.reaped {
		if err = unix.Kill(-c.pid, sig); err != nil {
			err = unix.Kill(c.pid, sig)
		}
	}
	return err
}

// release ends feeding and reading and closes everything. What the program
// itself has written is then complete in the collectors.
func (c *child) release() {
	c.stdin.close()
	c.stdout.close()
	c.stderr.close()
	c.pidfd.Close()
}
