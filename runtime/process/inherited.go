package process

import (
	"os"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// keepInherited keeps every descriptor from 3 up from being inherited by
// children. A descriptor that is closed or replaced meanwhile does no harm.
func keepInherited() {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return
	}
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
}

const (
	lastSignal = 64
	sigDfl     = 0
	sigIgn     = 1
)

// sigaction is struct sigaction of the system call (not of libc). The mask
// holds lastSignal bits.
type sigaction struct {
	handler, flags, restorer uintptr
	mask                     uint64
}

// defaultInherited gives every signal that is ignored its default action.
// Whoever started the daemon may have ignored some, and children inherit that
// through execve(2). The Go runtime undoes it only for signals that it handles
// itself, which leaves out SIGTSTP, SIGTTIN, SIGTTOU and those of libc's
// threads (32 to 34).
func defaultInherited() {
	for sig := 1; sig <= lastSignal; sig++ {
		var act sigaction
		if rtSigaction(sig, nil, &act) == nil && act.handler == sigIgn {
			rtSigaction(sig, &sigaction{handler: sigDfl}, nil)
		}
	}
}

func rtSigaction(sig int, act, old *sigaction) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig),
		uintptr(unsafe.Pointer(act)), uintptr(unsafe.Pointer(old)), unsafe.Sizeof(act.mask), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
