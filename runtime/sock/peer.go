package sock

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"

	"qrelay/runtime/address"
)

// ErrNoPeerProcess means that the kernel can name no process at the other end:
// the socket is no local one, or the process is gone without a trace, or the
// kernel is older than the question (6.5 for PeerPidFD).
var ErrNoPeerProcess = errors.New("the peer's process is not known")

// Peer returns the address of the other end: as given to Dial, or of a TCP
// client. Local clients mostly have none.
func (c *Conn) Peer() address.Address { return c.peer }

// PeerCred returns the process, user and group that connected (SO_PEERCRED,
// unix(7)), or ErrNoPeerProcess. The process may have ended since and its
// number belong to another.
func (c *Conn) PeerCred() (unix.Ucred, error) {
	if !c.acquire() {
		return unix.Ucred{}, net.ErrClosed
	}
	defer c.release()
	cred, err := option[unix.Ucred](c.fd, unix.SO_PEERCRED)
	if err != nil {
		return unix.Ucred{}, os.NewSyscallError("getsockopt SO_PEERCRED", err)
	}
	// An IP socket answers too, with user -1. (A process of a PID namespace
	// that we cannot see has number 0, but a true user.)
	if int32(cred.Uid) == -1 {
		return unix.Ucred{}, ErrNoPeerProcess
	}
	return cred, nil
}

// PeerPidFD returns a new pidfd (pidfd_open(2)) of the process that connected,
// which the caller must close. It stands for that process even if its number
// has been taken by another. Without one the error is ErrNoPeerProcess.
func (c *Conn) PeerPidFD() (int, error) {
	if !c.acquire() {
		return -1, net.ErrClosed
	}
	defer c.release()
	fd, err := option[int32](c.fd, unix.SO_PEERPIDFD)
	switch err {
	case nil:
		return int(fd), nil
	case unix.ENOPROTOOPT, unix.ENODATA, unix.ESRCH, unix.EINVAL, unix.EOPNOTSUPP:
		return -1, fmt.Errorf("%w (%w)", ErrNoPeerProcess, err)
	}
	return -1, os.NewSyscallError("getsockopt SO_PEERPIDFD", err)
}
