package peer

import (
	"bufio"
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"
)

// mountLineMax bounds one line of mountinfo. Two paths of 4096 bytes with all
// characters escaped, a source and options of a page each are far below it.
const mountLineMax = 256 << 10

// Mount is one mount of a mount namespace.
type Mount struct {
	Point      string // where it is mounted, seen from the process's root
	Root       string // which directory of the file system is mounted there
	Filesystem string // its type: "ext4", "tmpfs"
	Source     string // its device, or whatever was given to mount
}

// MountInfo describes what is mounted at a mount point in the client's mount
// namespace; nil if nothing is. If there are several mounts, the last one hides
// the others.
func (p *Peer) MountInfo(mountpoint string) (*Mount, error) {
	if !strings.HasPrefix(mountpoint, "/") {
		return nil, fmt.Errorf("mount point %q is not an absolute path", mountpoint)
	}
	mountpoint = path.Clean(mountpoint)
	if p.pretence != nil {
		return p.pretence.mount(mountpoint), nil
	}
	var found *Mount
	err := p.during(func() error {
		return eachMount(p.path("mountinfo"), func(m *Mount) {
			if m.Point == mountpoint {
				found = m
			}
		})
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// eachMount reads a mountinfo file line by line: a client may have as many
// mounts as the kernel allows (100,000).
func eachMount(file string, each func(*Mount)) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, mountLineMax)
	for n := 1; lines.Scan(); n++ {
		m, err := ParseMount(lines.Text())
		if err != nil {
			return fmt.Errorf("%s: line %d: %w", file, n, err)
		}
		each(&m)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// ParseMount parses one line of a mountinfo file (proc_pid_mountinfo(5)):
//
//	36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/root rw,errors=continue
//
// with any number of optional fields before the hyphen. A field may be empty.
func ParseMount(line string) (Mount, error) {
	left, right, ok := strings.Cut(line, " - ")
	before, after := strings.Split(left, " "), strings.Split(right, " ")
	if !ok || len(before) < 6 || len(after) < 3 {
		return Mount{}, fmt.Errorf("want 6 fields, a hyphen and 3 fields, got %q", line)
	}
	return Mount{
		Root:       unescape(before[3]),
		Point:      unescape(before[4]),
		Filesystem: unescape(after[0]),
		Source:     unescape(after[1]),
	}, nil
}

// unescape undoes the kernel's writing of blanks and backslashes as \ooo. Not
// all file systems escape backslashes in the source, so others are left alone.
func unescape(field string) string {
	if !strings.Contains(field, `\`) {
		return field
	}
	var b strings.Builder
	for i := 0; i < len(field); i++ {
		if field[i] == '\\' && i+4 <= len(field) {
			if c, err := strconv.ParseUint(field[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(c))
				i += 3
				continue
			}
		}
		b.WriteByte(field[i])
	}
	return b.String()
}
