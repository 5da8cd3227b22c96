package process

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Status says how a program ended.
type Status struct {
	wait unix.WaitStatus
}

// Success reports whether the program exited with status 0.
func (s Status) Success() bool {
	return s.wait.Exited() && s.wait.ExitStatus() == 0
}

// Code is the exit status, or -1 if a signal ended the program.
func (s Status) Code() int {
	return s.wait.ExitStatus()
}

// Signal is the signal that ended the program, or -1 if it exited.
func (s Status) Signal() unix.Signal {
	return s.wait.Signal()
}

// Permanent reports whether the program says that trying again is useless.
// Any other failure, death by a signal among them, is temporary.
func (s Status) Permanent() bool {
	switch s.Code() {
	case 64, // EX_USAGE
		65, // EX_DATAERR
		67, // EX_NOUSER
		68, // EX_NOHOST
		72, // EX_OSFILE
		76, // EX_PROTOCOL
		77, // EX_NOPERM
		78: // EX_CONFIG
		return true
	}
	return false
}

// String is for logs: "exit status 75 (EX_TEMPFAIL)", "signal 9 (SIGKILL)".
func (s Status) String() string {
	if s.wait.Signaled() {
		return fmt.Sprintf("signal %d (%s)", int(s.Signal()), unix.SignalName(s.Signal()))
	}
	if name := sysexit(s.Code()); name != "" {
		return fmt.Sprintf("exit status %d (%s)", s.Code(), name)
	}
	return fmt.Sprintf("exit status %d", s.Code())
}

// sysexit names the statuses of sysexits.h; "" for all others.
func sysexit(code int) string {
	names := [...]string{
		"EX_USAGE", "EX_DATAERR", "EX_NOINPUT", "EX_NOUSER", "EX_NOHOST",
		"EX_UNAVAILABLE", "EX_SOFTWARE", "EX_OSERR", "EX_OSFILE", "EX_CANTCREAT",
		"EX_IOERR", "EX_TEMPFAIL", "EX_PROTOCOL", "EX_NOPERM", "EX_CONFIG",
	}
	if i := code - 64; i >= 0 && i < len(names) {
		return names[i]
	}
	return ""
}
