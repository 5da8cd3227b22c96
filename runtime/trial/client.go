package trial

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"qrelay/runtime/address"
	"qrelay/runtime/peer"
)

// A Client says who pretends to submit a mail. With flags, what is not given is
// as if the current process did it.
type Client struct {
	PID    uint32
	UID    uint32
	GID    uint32
	Cgroup string
	Xattrs []string // NAME=VALUE of its own control group, or PATH:NAME=VALUE
	Mounts []string // POINT:ROOT:FILESYSTEM:SOURCE
	From   string   // address of a client over IP, of which nothing else is known

	flags *pflag.FlagSet
}

// AddFlags adds flags for all of it.
func (c *Client) AddFlags(flags *pflag.FlagSet) {
	c.flags = flags
	c.PID, c.UID, c.GID = uint32(os.Getpid()), uint32(os.Getuid()), uint32(os.Getgid())
	flags.Var((*id)(&c.PID), "pid", "process `id` of the client (default: this process)")
	flags.Var((*id)(&c.UID), "uid", "user `id` of the client (default: yours)")
	flags.Var((*id)(&c.GID), "gid", "group `id` of the client (default: yours)")
	for _, name := range []string{"pid", "uid", "gid"} {
		flags.Lookup(name).DefValue = "" // keeps them out of the help, which must not change from run to run
	}
	flags.StringVar(&c.Cgroup, "cgroup", "", "control group `path` of the client (default: that of this process)")
	flags.StringArrayVar(&c.Xattrs, "xattr", nil, "attribute `NAME=VALUE` of the client's control group, or PATH:NAME=VALUE of another; with none, those of this machine")
	flags.StringArrayVar(&c.Mounts, "mount", nil, "mount `POINT:ROOT:FILESYSTEM:SOURCE` that the client sees (default: those of this process)")
	flags.StringVar(&c.From, "peer", "", "`address` of a client over TCP, which has no process")
}

// An id is the value of a flag: that of a process, user or group.
type id uint32

func (i *id) Set(text string) error {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return fmt.Errorf("whole number from 0 to %d expected", maxID)
	}
	*i = id(n)
	return nil
}

func (i *id) String() string { return strconv.FormatUint(uint64(*i), 10) }

// Type is what the help calls it.
func (i *id) Type() string { return "id" }

// local are the flags that a client over IP cannot have.
var local = []string{"pid", "uid", "gid", "cgroup", "xattr", "mount"}

// peer returns who submits the mail: a process, or an address.
func (c *Client) peer() (*peer.Peer, address.Address, error) {
	if c.From != "" {
		for _, name := range local {
			if c.flags != nil && c.flags.Changed(name) {
				return nil, address.Address{}, fmt.Errorf("--peer and --%s exclude each other", name)
			}
		}
		from, err := address.Parse(c.From, 0)
		if err == nil && !from.IP().IsValid() {
			err = fmt.Errorf("%q is no IP address", c.From)
		}
		return nil, from, err
	}
	p := peer.Pretence{PID: int(c.PID), UID: c.UID, GID: c.GID, Cgroup: c.Cgroup}
	if p.Cgroup == "" {
		p.Cgroup = ownCgroup()
	}
	var err error
	if p.Xattrs, err = parseXattrs(c.Xattrs, p.Cgroup); err != nil {
		return nil, address.Address{}, err
	}
	if p.Mounts, err = parseMounts(c.Mounts); err != nil {
		return nil, address.Address{}, err
	}
	if p.Cgroup != "" && !strings.HasPrefix(p.Cgroup, "/") {
		return nil, address.Address{}, fmt.Errorf("control group %q: a path that begins with / is allowed", p.Cgroup)
	}
	return peer.Pretend(p), address.Address{}, nil
}

// ownCgroup returns the control group of this process; empty if it has none.
func ownCgroup() string {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return ""
	}
	groups, err := peer.ParseCgroup(string(text))
	if err != nil {
		return ""
	}
	path, _ := groups.Unified()
	return path
}

// parseXattrs returns nil, which means those of this machine, if there are
// none.
func parseXattrs(texts []string, own string) (map[string]map[string]string, error) {
	if texts == nil {
		return nil, nil
	}
	xattrs := map[string]map[string]string{}
	for _, text := range texts {
		name, value, ok := strings.Cut(text, "=")
		path := own
		if strings.HasPrefix(name, "/") {
			path, name, _ = strings.Cut(name, ":")
		}
		if !ok || name == "" {
			return nil, fmt.Errorf("attribute %q: NAME=VALUE or PATH:NAME=VALUE is allowed", text)
		}
		if xattrs[path] == nil {
			xattrs[path] = map[string]string{}
		}
		xattrs[path][peer.XattrName(name)] = value
	}
	return xattrs, nil
}

// parseMounts returns the mounts of this process if there are none.
func parseMounts(texts []string) ([]peer.Mount, error) {
	if texts == nil {
		return ownMounts()
	}
	var mounts []peer.Mount
	for _, text := range texts {
		f := strings.SplitN(text, ":", 4)
		if len(f) != 4 || !strings.HasPrefix(f[0], "/") {
			return nil, fmt.Errorf("mount %q: POINT:ROOT:FILESYSTEM:SOURCE is allowed", text)
		}
		mounts = append(mounts, peer.Mount{Point: f[0], Root: f[1], Filesystem: f[2], Source: f[3]})
	}
	return mounts, nil
}

func ownMounts() ([]peer.Mount, error) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil // /proc is not mounted
	}
	var mounts []peer.Mount
	for line := range strings.Lines(string(text)) {
		if m, err := peer.ParseMount(strings.TrimSuffix(line, "\n")); err == nil {
			mounts = append(mounts, m)
		}
	}
	return mounts, err
}
