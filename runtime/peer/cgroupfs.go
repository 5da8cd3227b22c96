package peer

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// mountinfo lists the daemon's own mounts.
const mountinfo = "/proc/self/mountinfo"

// ErrNoCgroupFS means that no cgroup2 file system is mounted.
var ErrNoCgroupFS = errors.New("no cgroup2 file system is mounted")

// CgroupFS is the mounted cgroup2 file system. The zero value finds it when it
// is first needed, and keeps it open from then on. Its methods may be called
// from any goroutine.
type CgroupFS struct {
	mu   sync.Mutex
	top  *os.File // of the mount; nil until found
	root string   // the control group that is mounted: "/" but in containers
}

// Close closes the file system. It is found anew if it is used again.
func (fs *CgroupFS) Close() error {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.top == nil {
		return nil
	}
	err := fs.top.Close()
	fs.top = nil
	return err
}

// open opens the directory of a control group. The path can lead to nowhere
// else: not above the mount, not through a symlink, not into another mount.
func (fs *CgroupFS) open(name string) (fd int, err error) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.top == nil {
		if err := fs.find(mountinfo); err != nil {
			return -1, err
		}
	}
	below, ok := relative(name, fs.root)
	if !ok {
		return -1, fmt.Errorf("cgroup %s is not below %s, which is mounted", name, fs.root)
	}
	fd, err = unix.Openat2(int(fs.top.Fd()), below, &unix.OpenHow{
		Flags:   unix.O_RDONLY | unix.O_DIRECTORY | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_XDEV,
	})
	if err != nil {
		return -1, fmt.Errorf("open cgroup %s: %w", name, err)
	}
	return fd, nil
}

// relative is the way from root down to name.
func relative(name, root string) (below string, ok bool) {
	below, ok = strings.CutPrefix(name, strings.TrimSuffix(root, "/"))
	if !ok || below != "" && below[0] != '/' {
		return "", false
	}
	return "." + below, true
}

// find opens the mount of the whole hierarchy, or else of a part of it. A later
// mount may hide an earlier one, so the last one that can be reached counts.
func (fs *CgroupFS) find(mountinfo string) error {
	var whole, part []Mount
	err := eachMount(mountinfo, func(m *Mount) {
		switch {
		case m.Filesystem != "cgroup2" || strings.HasPrefix(m.Root, "/.."):
		case m.Root == "/":
			whole = append(whole, *m)
		default:
			part = append(part, *m)
		}
	})
	if err != nil {
		return err
	}
	candidates := append(part, whole...)
	for i := len(candidates) - 1; i >= 0; i-- {
		if top := openCgroup2(candidates[i].Point); top != nil {
			fs.top, fs.root = top, candidates[i].Root
			return nil
		}
	}
	return ErrNoCgroupFS
}

// openCgroup2 opens a mount point; nil if what is there now is not cgroup2.
func openCgroup2(point string) *os.File {
	fd, err := unix.Open(point, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	var st unix.Statfs_t
	if err := unix.Fstatfs(fd, &st); err != nil || int64(st.Type) != unix.CGROUP2_SUPER_MAGIC {
		unix.Close(fd)
		return nil
	}
	return os.NewFile(uintptr(fd), point)
}
