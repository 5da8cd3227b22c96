package sock

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"qrelay/runtime/address"
)

// System calls on non-blocking sockets take microseconds and never wait. So
// they are made without telling Go's scheduler (RawSyscall). That saves the
// telling; and the runtime's thread that looks every 20 µs whether a system
// call takes so long that its processor should be given to others can sleep.

func read(fd int, p []byte) (int, error) {
	for {
		n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(min(len(p), maxTransfer)))
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, errno
		default:
			return 0, os.NewSyscallError("read", errno)
		}
	}
}

// maxTransfer bounds what one call copies, and so the time that it keeps a
// processor from Go's scheduler, to some tenths of a millisecond.
const maxTransfer = 1 << 20

// maxBuffers is the kernel's limit for one system call (IOV_MAX, readv(2)).
const maxBuffers = 1024

// send sends what it can of the first buffers. It uses sendmsg(2) instead of
// writev(2) because that can do without SIGPIPE.
func send(fd int, buffers [][]byte) (int, error) {
	var space [4]unix.Iovec // a request has three
	vectors := space[:0]
	for _, b := range buffers[:min(len(buffers), maxBuffers)] {
		if len(b) > 0 {
			vectors = append(vectors, vector(b))
		}
	}
	return sendVectors(fd, vectors)
}

// sendOne is send for a single buffer.
func sendOne(fd int, p []byte) (int, error) {
	return sendVectors(fd, []unix.Iovec{vector(p)})
}

func vector(p []byte) unix.Iovec {
	v := unix.Iovec{Base: unsafe.SliceData(p)}
	v.SetLen(len(p))
	return v
}

func sendVectors(fd int, vectors []unix.Iovec) (int, error) {
	message := unix.Msghdr{Iov: unsafe.SliceData(vectors)}
	message.SetIovlen(len(vectors))
	for {
		n, _, errno := unix.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&message)), unix.MSG_NOSIGNAL)
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, errno
		default:
			return 0, os.NewSyscallError("write", errno)
		}
	}
}

// connectSocket is address.Connect for the addresses that are used most.
func connectSocket(fd int, a address.Address) error {
	name := a.String()
	var sa unix.RawSockaddrUnix
	if a.Family() != unix.AF_UNIX || len(name) >= len(sa.Path) {
		return a.Connect(fd)
	}
	sa.Family = unix.AF_UNIX
	for i := range len(name) {
		sa.Path[i] = int8(name[i])
	}
	size := unsafe.Offsetof(sa.Path) + uintptr(len(name))
	if a.IsAbstract() {
		sa.Path[0] = 0
	} else {
		size++ // a path ends with NUL (unix(7))
	}
	_, _, errno := unix.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&sa)), size)
	if errno != 0 {
		return errno
	}
	return nil
}

// option reads a socket option whose value is a T.
func option[T any](fd, name int) (value T, err error) {
	size := uint32(unsafe.Sizeof(value))
	_, _, errno := unix.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, uintptr(name),
		uintptr(unsafe.Pointer(&value)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		err = errno
	}
	return value, err
}

func closeSocket(fd int) { unix.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0) }
