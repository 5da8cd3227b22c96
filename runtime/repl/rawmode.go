package repl

import (
	"os"
	goruntime "runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// A rawMode switches a terminal to deliver each key at once, and without
// interpreting any, and back (termios(3)). Output is processed as before.
type rawMode struct {
	terminal *os.File

	mu     sync.Mutex
	before *unix.Termios // nil if it is not switched
}

func (r *rawMode) enter() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.before != nil {
		return nil
	}
	mode, err := unix.IoctlGetTermios(int(r.terminal.Fd()), unix.TCGETS)
	if err != nil {
		return os.NewSyscallError("tcgetattr", err)
	}
	before := *mode
	mode.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	mode.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	mode.Cflag = mode.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	mode.Cc[unix.VMIN], mode.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(int(r.terminal.Fd()), unix.TCSETS, mode); err != nil {
		return os.NewSyscallError("tcsetattr", err)
	}
	r.before = &before
	return nil
}

func (r *rawMode) leave() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.before == nil {
		return nil
	}
	err := unix.IoctlSetTermios(int(r.terminal.Fd()), unix.TCSETS, r.before)
	r.before = nil
	return os.NewSyscallError("tcsetattr", err)
}

// suspend stops the process until it is continued. Without a shell that would
// do that, the kernel ignores the signal, and suspend returns at once.
func (r *rawMode) suspend() {
	goruntime.LockOSThread() // the signal must arrive before this thread goes on
	defer goruntime.UnlockOSThread()
	_ = r.leave()
	_ = unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGTSTP)
	_ = r.enter()
}
