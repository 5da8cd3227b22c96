package peer

import (
	"strings"

	"golang.org/x/sys/unix"
)

// A Pretence is a client that does not exist: what a policy would be told
// about it.
type Pretence struct {
	PID int
	UID uint32
	GID uint32
	// Cgroup is the path of its control group; empty means that it has none.
	Cgroup string
	// Xattrs are the extended attributes of control groups by path and full
	// name, {"/a/b": {"user.account": "bob"}}. If it is nil, attributes are
	// those of this machine's control groups, as far as they exist.
	Xattrs map[string]map[string]string
	// Mounts are all mounts that it sees.
	Mounts []Mount
}

// Pretend makes a Peer of a client that does not exist, for trying policies.
func Pretend(p Pretence) *Peer {
	return &Peer{PID: p.PID, UID: p.UID, GID: p.GID, pidfd: -1, reason: ErrExited, pretence: &p}
}

func (p *Pretence) membership() Membership {
	if p.Cgroup == "" {
		return nil
	}
	return Membership{{Path: p.Cgroup}}
}

// mount finds the last mount at a point, which hides the others.
func (p *Pretence) mount(point string) (found *Mount) {
	for i := range p.Mounts {
		if p.Mounts[i].Point == point {
			found = &p.Mounts[i]
		}
	}
	return found
}

// xattr returns an attribute of a control group; name is a full one.
func (p *Pretence) xattr(fs *CgroupFS, path, name string) (value string, ok bool, err error) {
	if p.Xattrs != nil {
		value, ok = p.Xattrs[path][name]
		return value, ok, nil
	}
	dir, err := fs.open(path)
	if err != nil {
		return "", false, nil // there is no such control group here
	}
	defer unix.Close(dir)
	return fgetxattr(dir, name)
}

// XattrName returns the full name of an extended attribute: user.NAME, or just
// NAME if it has a dot.
func XattrName(name string) string {
	if strings.Contains(name, ".") {
		return name
	}
	return "user." + name
}
