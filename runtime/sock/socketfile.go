package sock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"qrelay/runtime/address"
)

// socketFile remembers which file a listener made. As long as the socket is
// open its inode number cannot be given to another file.
type socketFile struct {
	replaced bool   // that of another process, which listens
	path     string // absolute, for the working directory may change
	dev, ino uint64
}

// listenFile binds fd to the path of addr in place of what was there, lets
// everybody connect, and listens.
//
// All of this happens under a name beside it, which is then renamed: who finds
// the path can connect, and a daemon that takes over from a running one leaves
// no moment without. Tools such as ss(8) show the name that was bound. A path
// that has no room for the longer name is bound itself.
func listenFile(fd int, addr address.Address) (*socketFile, error) {
	path, err := filepath.Abs(addr.Path())
	if err != nil {
		return nil, err
	}
	made, err := address.Parse(path+newSuffix, 0)
	if err != nil {
		return openFile(fd, addr, path)
	}
	file, err := openFile(fd, made, made.Path())
	if err != nil {
		return file, err
	}
	file.replaced = answers(addr)
	// rename(2) replaces a link instead of what it points to, and no directory.
	if err := unix.Rename(file.path, path); err != nil {
		return file, os.NewSyscallError("rename", err)
	}
	file.path = path
	return file, nil
}

// answers tells whether somebody listens. The connection is closed at once.
func answers(addr address.Address) bool {
	fd, err := newSocket(addr, unix.SOCK_STREAM)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return addr.Connect(fd) == nil
}

// newSuffix marks sockets that are not ready yet.
const newSuffix = ".new"

// openFile binds fd to addr, whose absolute path is path, and listens.
func openFile(fd int, addr address.Address, path string) (*socketFile, error) {
	// unlink(2) does not remove directories, and a link instead of what it
	// points to.
	if err := unix.Unlink(path); err != nil && err != unix.ENOENT {
		return nil, err
	}
	if err := addr.Bind(fd); err != nil {
		return nil, err
	}
	file, err := setMode(path, 0o666)
	if err != nil {
		return file, err
	}
	return file, listenLong(fd)
}

// SetMode sets the mode of the socket at path. The folder may belong to somebody
// else, who puts a link there in this very moment: no link is followed, and
// nothing is changed but a socket.
func SetMode(path string, mode uint32) error {
	_, err := setMode(path, mode)
	return err
}

// setMode goes by way of a descriptor, because chmod(2) follows links.
func setMode(path string, mode uint32) (*socketFile, error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("open", err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, os.NewSyscallError("fstat", err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return nil, errReplaced
	}
	file := &socketFile{path: path, dev: st.Dev, ino: st.Ino}
	return file, os.NewSyscallError("chmod", chmodDescriptor(fd, mode))
}

// chmodDescriptor is fchmod(2) for a descriptor of O_PATH. Linux before 6.6
// needs /proc for that, and so does a sandbox that does not know fchmodat2(2).
func chmodDescriptor(fd int, mode uint32) error {
	err := unix.Fchmodat(fd, "", mode, unix.AT_EMPTY_PATH)
	if err == unix.EOPNOTSUPP || err == unix.EPERM {
		err = unix.Chmod(fmt.Sprintf("/proc/self/fd/%d", fd), mode)
	}
	return err
}

// errReplaced tells of somebody who plays tricks in the socket's folder.
var errReplaced = errors.New("somebody else has replaced the socket's file")

// remove deletes the file unless it is gone or another took its place. It
// must be called before the socket is closed.
func (f *socketFile) remove() error {
	if f == nil {
		return nil
	}
	var st unix.Stat_t
	if err := unix.Lstat(f.path, &st); err != nil || st.Dev != f.dev || st.Ino != f.ino {
		return nil
	}
	if err := unix.Unlink(f.path); err != nil && err != unix.ENOENT {
		return &fs.PathError{Op: "unlink", Path: f.path, Err: err}
	}
	return nil
}
