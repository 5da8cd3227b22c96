package repl

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// An input reads bytes one at a time, so that what was not asked for is left to
// others, and can be woken while it waits.
type input struct {
	file *os.File
	wake int // eventfd(2)

	mu     sync.Mutex
	closed bool
}

// errWoken is returned by next after rouse.
var errWoken = errors.New("woken")

func newInput(f *os.File) (*input, error) {
	wake, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("eventfd", err)
	}
	return &input{file: f, wake: wake}, nil
}

// rouse wakes next. It may be called from any goroutine, at any time.
func (in *input) rouse() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.closed {
		one := binary.NativeEndian.AppendUint64(nil, 1)
		_, _ = unix.Write(in.wake, one) // fails only if it is awake already
	}
}

// close releases the input. No next may be running.
func (in *input) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.closed {
		in.closed = true
		_ = unix.Close(in.wake)
	}
}

// next waits for a byte; a negative patience is without limit. It fails with
// errWoken, io.EOF, or os.ErrDeadlineExceeded.
func (in *input) next(patience time.Duration) (byte, error) {
	fds := []unix.PollFd{
		{Fd: int32(in.file.Fd()), Events: unix.POLLIN},
		{Fd: int32(in.wake), Events: unix.POLLIN},
	}
	timeout := -1
	if patience >= 0 {
		timeout = int(patience.Milliseconds())
	}
	n, err := unix.Poll(fds, timeout)
	switch {
	case err == unix.EINTR:
		return 0, errWoken
	case err != nil:
		return 0, os.NewSyscallError("poll", err)
	case n == 0:
		return 0, os.ErrDeadlineExceeded
	case fds[0].Revents != 0:
		return in.read()
	}
	var count [8]byte
	_, _ = unix.Read(in.wake, count[:])
	return 0, errWoken
}

func (in *input) read() (byte, error) {
	var b [1]byte
	n, err := in.file.Read(b[:])
	if n == 0 && err == nil {
		err = io.EOF
	}
	return b[0], err
}
