package peer

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

const ext3 = `36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/root rw,errors=continue`

func TestParseMount(t *testing.T) {
	for _, c := range []struct {
		line string
		want Mount
	}{
		{ext3, Mount{"/point", "/root", "ext3", "/dev/root"}},
		{`1 2 0:1 / / rw - tmpfs none rw`, Mount{"/", "/", "tmpfs", "none"}},
		{`1 2 0:1 / /a\040b\011c\012d\134e rw shared:1 master:2 - fuse.x\040y user\0431 rw`, Mount{"/a b\tc\nd\\e", "/", "fuse.x y", "user#1"}},
		{`1 2 0:1 / /m rw - tmpfs  rw`, Mount{"/m", "/", "tmpfs", ""}},
		{`1 2 0:1 / /m rw - cifs \\host\share\777 rw,odd option`, Mount{"/m", "/", "cifs", `\\host\share\777`}},
		{`1 2 0:1 / /\303\244\ rw - x y rw`, Mount{`/ä\`, "/", "x", "y"}},
		{`1 2 0:1 net:[4026531833] /run/netns rw - nsfs nsfs rw`, Mount{"/run/netns", "net:[4026531833]", "nsfs", "nsfs"}},
	} {
		if got, err := ParseMount(c.line); err != nil || got != c.want {
			t.Errorf("%s: got %+v, %v, want %+v", c.line, got, err, c.want)
		}
	}
}

func TestParseMountBad(t *testing.T) {
	for _, line := range []string{
		"", " - ", "1 2 0:1 / /m rw", "1 2 0:1 / /m - tmpfs none rw", "1 2 0:1 / /m rw - tmpfs none", "1 2 0:1 / /m rw -tmpfs none rw",
	} {
		if m, err := ParseMount(line); err == nil || !strings.Contains(err.Error(), "want 6 fields") || m != (Mount{}) {
			t.Errorf("%q: got %+v, %v", line, m, err)
		}
	}
}

// escape writes a field as the kernel does.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(" \t\n\\", s[i]) >= 0 {
			fmt.Fprintf(&b, `\%03o`, s[i])
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func FuzzParseMount(f *testing.F) {
	f.Add("/point", "/root", "ext3", "/dev/root")
	f.Add("/a b", "/", "fuse.x\ty", "")
	f.Add(`/\040`, "/\n", "", " - ")
	f.Fuzz(func(t *testing.T, point, root, filesystem, source string) {
		want := Mount{point, root, filesystem, source}
		line := fmt.Sprintf("1 2 0:1 %s %s rw shared:1 - %s %s rw", escape(root), escape(point), escape(filesystem), escape(source))
		// An empty field beside a lone hyphen cannot be told from the separator.
		if strings.Count(line, " - ") > 1 {
			ParseMount(line)
			return
		}
		if got, err := ParseMount(line); err != nil || got != want {
			t.Errorf("%q: got %+v, %v", line, got, err)
		}
		ParseMount(point + root + filesystem + source)
	})
}

func TestMountInfo(t *testing.T) {
	p := newPeer(t, os.Getpid())
	for _, point := range []string{"/proc", "/proc/", "//proc/."} {
		if m, err := p.MountInfo(point); err != nil || m == nil || m.Filesystem != "proc" || m.Root != "/" || m.Point != "/proc" {
			t.Errorf("%s: got %+v, %v", point, m, err)
		}
	}
	if m, err := p.MountInfo("/proc/self"); err != nil || m != nil {
		t.Errorf("no mount point: got %+v, %v", m, err)
	}
	for _, point := range []string{"", "proc"} {
		if m, err := p.MountInfo(point); err == nil || m != nil || !strings.Contains(err.Error(), "not an absolute path") {
			t.Errorf("%q: got %+v, %v", point, m, err)
		}
	}
}

// The client's mount namespace counts, and the last of several mounts.
func TestMountInfoOfOtherNamespace(t *testing.T) {
	dir := t.TempDir() + "/a b"
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Unshareflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
	}
	c, err := startClient(t, attr, "mount", "first", dir, "mount", "the second", dir)
	if err != nil {
		t.Logf("NOT RUN: this process may not make mount namespaces: %v", err)
		return
	}
	want := Mount{dir, "/", "tmpfs", "the second"}
	if m, err := newPeer(t, c.cmd.Process.Pid).MountInfo(dir); err != nil || m == nil || *m != want {
		t.Errorf("the client's: got %+v, %v, want %+v", m, err, want)
	}
	if m, err := newPeer(t, os.Getpid()).MountInfo(dir); err != nil || m != nil {
		t.Errorf("the daemon's: got %+v, %v", m, err)
	}
}

func TestEachMount(t *testing.T) {
	file := t.TempDir() + "/mountinfo"
	for _, c := range []struct{ text, want string }{
		{ext3 + "\n" + ext3 + "\n", ""},
		{ext3 + "\nx\n", "line 2: want 6 fields"},
		{strings.Repeat("x", mountLineMax+1), "token too long"},
	} {
		if err := os.WriteFile(file, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		n := 0
		err := eachMount(file, func(*Mount) { n++ })
		if c.want == "" && (err != nil || n != 2) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%.60q: %d mounts, %v", c.text, n, err)
		}
	}
	if err := eachMount(file+"x", func(*Mount) {}); err == nil {
		t.Errorf("no file, no error")
	}
}
