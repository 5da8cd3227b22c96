package sock

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"qrelay/runtime/address"
)

// socketFile remembers which file a listener made. As long as the socket is
// open its inode number cannot be given to another file.
type socketFile struct {
	path     string // absolute, for the working directory may change
	dev, ino uint64
}

// bindFile binds fd to its path in place of what was there, and lets everybody
// connect.
func bindFile(fd int, addr address.Address) (*socketFile, error) {
	path, err := filepath.Abs(addr.Path())
	if err != nil {
		return nil, err
	}
	// unlink(2) does not remove directories, and a link instead of what it
	// points to.
	if err := unix.Unlink(path); err != nil && err != unix.ENOENT {
		return nil, err
	}
	if err := addr.Bind(fd); err != nil {
		return nil, err
	}
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return nil, os.NewSyscallError("lstat", err)
	}
	file := &socketFile{path: path, dev: st.Dev, ino: st.Ino}
	if err := unix.Chmod(path, 0o666); err != nil {
		return file, os.NewSyscallError("chmod", err)
	}
	return file, nil
}

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
	if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
