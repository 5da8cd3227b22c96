package privilege

import (
	"errors"
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// capabilitySets are the capabilities of a thread, a bit for each
// (capabilities(7)). The ambient ones are among the inheritable ones.
type capabilitySets struct {
	effective, permitted, inheritable uint64
}

func (c capabilitySets) String() string {
	return fmt.Sprintf("effective %#x, permitted %#x, inheritable %#x", c.effective, c.permitted, c.inheritable)
}

// capabilityData is what capget(2) and capset(2) take in version 3: the lower
// half of all sets, then the upper one.
type capabilityData [2]unix.CapUserData

func newHeader() *unix.CapUserHeader {
	return &unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
}

// capabilities asks for those of the calling thread.
func capabilities() (capabilitySets, error) {
	var d capabilityData
	if err := unix.Capget(newHeader(), &d[0]); err != nil {
		return capabilitySets{}, fmt.Errorf("capget: %w", err)
	}
	return capabilitySets{
		effective:   uint64(d[1].Effective)<<32 | uint64(d[0].Effective),
		permitted:   uint64(d[1].Permitted)<<32 | uint64(d[0].Permitted),
		inheritable: uint64(d[1].Inheritable)<<32 | uint64(d[0].Inheritable),
	}, nil
}

// clearCapabilities clears all sets in all threads. With cgo, Go cannot do
// that (ENOTSUP): then those that the change of the user id has left, if any,
// are found by verify.
func clearCapabilities() error {
	header, none := newHeader(), new(capabilityData)
	_, _, errno := syscall.AllThreadsSyscall(unix.SYS_CAPSET,
		uintptr(unsafe.Pointer(header)), uintptr(unsafe.Pointer(none)), 0)
	if errno != 0 && !errors.Is(errno, syscall.ENOTSUP) {
		return fmt.Errorf("capset: %w", errno)
	}
	return nil
}
