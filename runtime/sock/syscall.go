package sock

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"qrelay/runtime/address"
)

// System calls on non-blocking sockets take microseconds and never wait. So
// they are made without telling Go's scheduler (RawSyscall). That saves the
// telling; and the scheduler's monitor thread, which looks every 20 µs whether
// a system call takes so long that its processor should be given to others,
// can sleep.

// maxTransfer bounds what one call copies, and so the time that it keeps a
// processor from the scheduler, to some tenths of a millisecond.
const maxTransfer = 1 << 20

// read is read(2). The error is EAGAIN or ready for use.
func read(fd int, p []byte) (int, error) {
	for {
		n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(min(len(p), maxTransfer)))
		if errno != unix.EINTR {
			return outcome(n, "read", errno)
		}
	}
}

// peek is read for a single byte, which stays there.
func peek(fd int) (int, error) {
	var b [1]byte
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b)), uintptr(len(b)), unix.MSG_PEEK|unix.MSG_DONTWAIT, 0, 0)
		if errno != unix.EINTR {
			return outcome(n, "recvfrom", errno)
		}
	}
}

// maxBuffers is the kernel's limit for one system call (IOV_MAX, readv(2)).
const maxBuffers = 1024

// send sends what it can of the first buffers. The error is EAGAIN or ready
// for use. It uses sendmsg(2) instead of writev(2) because that can do without
// SIGPIPE.
func send(fd int, buffers [][]byte) (int, error) {
	if len(buffers) == 1 {
		return sendOne(fd, buffers[0])
	}
	var space [4]unix.Iovec // a request has three
	vectors := space[:0]
	for _, b := range buffers[:min(len(buffers), maxBuffers)] {
		if len(b) > 0 {
			v := unix.Iovec{Base: unsafe.SliceData(b)}
			v.SetLen(len(b))
			vectors = append(vectors, v)
		}
	}
	message := unix.Msghdr{Iov: unsafe.SliceData(vectors)}
	message.SetIovlen(len(vectors))
	for {
		n, _, errno := unix.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&message)), unix.MSG_NOSIGNAL)
		if errno != unix.EINTR {
			return outcome(n, "write", errno)
		}
	}
}

// sendOne is send for a single buffer.
func sendOne(fd int, p []byte) (int, error) {
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), unix.MSG_NOSIGNAL, 0, 0)
		if errno != unix.EINTR {
			return outcome(n, "write", errno)
		}
	}
}

// outcome makes the results of read and send.
func outcome(n uintptr, call string, errno unix.Errno) (int, error) {
	switch errno {
	case 0:
		return int(n), nil
	case unix.EAGAIN:
		return 0, errno
	}
	return 0, os.NewSyscallError(call, errno)
}

// connectSocket is address.Connect, made for the addresses that are used most.
// The error is a bare errno.
func connectSocket(fd int, a address.Address) error {
	name := a.String()
	var sa unix.RawSockaddrUnix
	if a.Family() != unix.AF_UNIX || len(name) >= len(sa.Path) {
		return a.Connect(fd)
	}
	sa.Family = unix.AF_UNIX
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&sa.Path)), len(sa.Path)), name)
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

// acceptSocket is accept4(2) without the client's address.
func acceptSocket(listener int) (fd int, err error) {
	c, _, errno := unix.RawSyscall6(unix.SYS_ACCEPT4, uintptr(listener), 0, 0, acceptFlags, 0, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(c), nil
}

const acceptFlags = unix.SOCK_NONBLOCK | unix.SOCK_CLOEXEC

// option reads a socket option whose value is a T. The error is a bare errno.
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

// epollCtl is epoll_ctl(2) with the descriptor as data.
func epollCtl(epoll, op, fd int, events uint32) error {
	event := unix.EpollEvent{Events: events, Fd: int32(fd)}
	_, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(epoll), uintptr(op), uintptr(fd), uintptr(unsafe.Pointer(&event)), 0, 0)
	if errno != 0 {
		return os.NewSyscallError("epoll_ctl", errno)
	}
	return nil
}

// epollWait returns how many events there are, without waiting.
func epollWait(epoll int, events []unix.EpollEvent) int {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epoll), uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), 0, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}
