package sock

import (
	"errors"
	"fmt"
	"os"

	"github.com/coreos/go-systemd/v22/activation"
	"golang.org/x/sys/unix"
)

// Passed returns the listeners that the service manager passed to this
// process (sd_listen_fds(3)), in its order; none is no error. The environment
// variables that tell of them are removed, so only the first call finds any.
func Passed() ([]*Listener, error) {
	var listeners []*Listener
	var failed error
	for _, file := range activation.Files(true) {
		l, err := fromFile(file)
		if err != nil {
			failed = errors.Join(failed, err)
		} else {
			listeners = append(listeners, l)
		}
		file.Close()
	}
	if failed == nil {
		return listeners, nil
	}
	for _, l := range listeners {
		l.Close()
	}
	return nil, failed
}

// fromFile makes a Listener of a duplicate of file, which must be a listening
// stream socket. The socket's own file, if it has one, is not removed at the end:
// it belongs to whoever made it.
func fromFile(file *os.File) (*Listener, error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("passed socket %q: %w", file.Name(), err)
	}
	var l *Listener
	if e := raw.Control(func(fd uintptr) { l, err = fromFD(int(fd)) }); e != nil {
		err = e
	}
	if err != nil {
		return nil, fmt.Errorf("passed socket %q: %w", file.Name(), err)
	}
	return l, nil
}

func fromFD(fd int) (*Listener, error) {
	if err := checkListening(fd); err != nil {
		return nil, err
	}
	dup, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("dup", err)
	}
	if err := unix.SetNonblock(dup, true); err != nil {
		unix.Close(dup)
		return nil, os.NewSyscallError("fcntl", err)
	}
	return newListener(dup)
}

func checkListening(fd int) error {
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return errors.New("it is not a socket")
	}
	if kind != unix.SOCK_STREAM {
		return errors.New("it is not a stream socket (ListenStream= of systemd.socket(5))")
	}
	family, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
	if err != nil {
		return os.NewSyscallError("getsockopt SO_DOMAIN", err)
	}
	if family != unix.AF_UNIX && family != unix.AF_INET && family != unix.AF_INET6 {
		return errors.New("it is neither a local nor a TCP socket")
	}
	listening, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	if err != nil {
		return os.NewSyscallError("getsockopt SO_ACCEPTCONN", err)
	}
	if listening == 0 {
		return errors.New("it does not listen (Accept=no of systemd.socket(5) is needed)")
	}
	return nil
}
