// Package sock has sockets that meet a poller only when they must wait.
//
// Package net registers every socket with the runtime's poller at birth and
// takes it out again at the end. A mail's sockets live for some tens of
// microseconds and mostly have their data at hand, so that is work for
// nothing. Here every operation first tries its system call on the
// non-blocking descriptor, without telling the scheduler. Only after EAGAIN
// does the goroutine wait, with the help of one poller for all sockets.
//
// Callers write straight-line blocking code. Waits are bounded in two ways:
// SetTimeouts limits each single wait ("no byte for 5 s"), and Bind ties all
// of them to a context, whose end makes pending and later waits fail.
package sock

import (
	"errors"
	"net"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// ErrTimeout is what a Read or Write returns that waited longer than
// SetTimeouts allows. It is an os.ErrDeadlineExceeded and a net.Error.
var ErrTimeout net.Error = timeoutError{}

type timeoutError struct{}

func (timeoutError) Error() string   { return "timeout" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }
func (timeoutError) Unwrap() error   { return os.ErrDeadlineExceeded }

// IsTemporary tells whether an error of Accept or Dial means that this
// process or machine has run out of descriptors or memory: the same call may
// work a little later, when other connections have ended.
func IsTemporary(err error) bool {
	var errno unix.Errno
	return errors.As(err, &errno) &&
		slices.Contains([]unix.Errno{unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM}, errno)
}
