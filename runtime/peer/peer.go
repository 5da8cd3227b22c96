package peer

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

var (
	// ErrExited means that the client's process has ended, so nothing more can
	// be learned about it.
	ErrExited = errors.New("client process has exited")

	// ErrInvisible means that the client lives in a PID namespace that the
	// daemon cannot see: it has no process id here.
	ErrInvisible = errors.New("client process is not visible in this PID namespace")
)

// Peer is the process that connected. Its methods may be called from any
// goroutine.
type Peer struct {
	PID int // 0 if the process is not visible here
	UID uint32
	GID uint32

	mu     sync.RWMutex // keeps pidfd open while somebody uses it
	pidfd  int          // -1 without
	reason error        // why there is no pidfd

	pretence *Pretence // nil for a process that exists
}

// New makes a Peer from what the kernel says at accept: the answers to
// SO_PEERCRED and SO_PEERPIDFD. The Peer owns the pidfd. err is the failure of
// SO_PEERPIDFD: with ENOPROTOOPT, which older kernels give, and if the pidfd is
// -1 without an error (nobody has asked), the process is opened by its number;
// with any other error the Peer has nothing but the credentials.
func New(cred unix.Ucred, pidfd int, err error) *Peer {
	p := &Peer{PID: int(cred.Pid), UID: cred.Uid, GID: cred.Gid}
	if errors.Is(err, unix.ENOPROTOOPT) || err == nil && pidfd < 0 {
		pidfd, err = unix.PidfdOpen(p.PID, 0)
	}
	if p.pidfd = pidfd; err != nil {
		p.pidfd, p.reason = -1, noPidfd(err)
	}
	return p
}

// noPidfd explains why a client has no pidfd. Kernels before Linux 6.16 refuse
// one for a process that has been reaped.
func noPidfd(err error) error {
	if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EINVAL) {
		return ErrExited
	}
	return fmt.Errorf("client process cannot be identified: %w", err)
}

// Close gives up the process. The credentials remain, all else fails with
// os.ErrClosed. A second Close does nothing.
func (p *Peer) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	fd := p.pidfd
	p.pidfd, p.reason = -1, os.ErrClosed
	if fd < 0 {
		return nil
	}
	// Closing a pidfd does not wait, so the scheduler need not know. That would
	// wake its monitor thread once per mail whenever the daemon is nearly idle.
	if _, _, errno := unix.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// during calls read while it is certain that the process id is the client's.
// What read has found counts only if the error is nil.
func (p *Peer) during(read func() error) error {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if err := p.alive(); err != nil {
		return err
	}
	err := read()
	if gone := p.alive(); gone != nil {
		return gone
	}
	return err
}

// alive tells why the process cannot be asked, if so. A pidfd becomes readable
// when the process has exited, reaped or not (pidfd_open(2)).
func (p *Peer) alive() error {
	if p.PID <= 0 {
		return ErrInvisible
	}
	if p.pidfd < 0 {
		return p.reason
	}
	fds := []unix.PollFd{{Fd: int32(p.pidfd), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(fds, 0)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return fmt.Errorf("poll of the client's pidfd: %w", err)
		case n > 0:
			return ErrExited
		default:
			return nil
		}
	}
}

// path names a file of the process in /proc.
func (p *Peer) path(name string) string {
	return fmt.Sprintf("/proc/%d/%s", p.PID, name)
}
