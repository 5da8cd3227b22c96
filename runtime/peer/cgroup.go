package peer

import (
	"cmp"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	// xattrNameMax and xattrSizeMax are the kernel's limits (xattr(7)).
	xattrNameMax = 255
	xattrSizeMax = 64 << 10
)

// Cgroup is a control group (version 2) of a client, or one above it.
type Cgroup struct {
	// Path is as in /proc/PID/cgroup. It begins with a slash.
	Path string

	client *Peer
	fs     *CgroupFS
}

// Cgroup finds the client's control group; nil if it has none in the unified
// hierarchy. fs is where its attributes are read.
func (p *Peer) Cgroup(fs *CgroupFS) (*Cgroup, error) {
	m, err := p.membership()
	if err != nil {
		return nil, err
	}
	name, ok := m.Unified()
	if !ok {
		return nil, nil
	}
	return &Cgroup{Path: name, client: p, fs: fs}, nil
}

// ControllerPath is the client's control group path for a version 1 controller,
// or else in the unified hierarchy; see Membership.Controller.
func (p *Peer) ControllerPath(controller string) (name string, ok bool, err error) {
	m, err := p.membership()
	if err != nil {
		return "", false, err
	}
	name, ok = m.Controller(controller)
	return name, ok, nil
}

// membership reads /proc/PID/cgroup.
func (p *Peer) membership() (m Membership, err error) {
	if p.pretence != nil {
		return p.pretence.membership(), nil
	}
	err = p.during(func() error {
		file := p.path("cgroup")
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if m, err = ParseCgroup(string(text)); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		return nil
	})
	return m, err
}

// String is the path.
func (c *Cgroup) String() string { return c.Path }

// Parent is the control group above this one; nil at the top. A path that
// begins with /.. lies outside of the daemon's cgroup namespace, where nothing
// is known about parents.
func (c *Cgroup) Parent() *Cgroup {
	if c.Path == "/" || strings.HasSuffix(c.Path, "/..") {
		return nil
	}
	up := c.Path[:strings.LastIndexByte(c.Path, '/')]
	return &Cgroup{cmp.Or(up, "/"), c.client, c.fs}
}

// Xattr reads an extended attribute of the control group: user.NAME, or just
// NAME if it has a dot. ok is false if there is no such attribute. It fails
// when the client has exited: as long as a process is in a control group, the
// name cannot pass to another group.
func (c *Cgroup) Xattr(name string) (value string, ok bool, err error) {
	name = XattrName(name)
	if len(name) > xattrNameMax || strings.HasSuffix(name, ".") || strings.Contains(name, "\x00") {
		return "", false, fmt.Errorf("attribute name %q: want 1 to %d bytes without NUL", name, xattrNameMax)
	}
	if p := c.client.pretence; p != nil {
		return p.xattr(c.fs, c.Path, name)
	}
	err = c.client.during(func() error {
		dir, err := c.fs.open(c.Path)
		if err != nil {
			return err
		}
		defer unix.Close(dir)
		value, ok, err = fgetxattr(dir, name)
		if err != nil {
			return fmt.Errorf("attribute %s of cgroup %s: %w", name, c.Path, err)
		}
		return nil
	})
	if err != nil {
		return "", false, err
	}
	return value, ok, nil
}

// fgetxattr reads an attribute of any size. Most are short names.
func fgetxattr(fd int, name string) (value string, ok bool, err error) {
	buf := make([]byte, 256)
	n, err := unix.Fgetxattr(fd, name, buf)
	if err == unix.ERANGE {
		buf = make([]byte, xattrSizeMax)
		n, err = unix.Fgetxattr(fd, name, buf)
	}
	if err == unix.ENODATA {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	return string(buf[:n]), true, nil
}
