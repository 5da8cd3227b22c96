package peer

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const hybrid = "12:name=systemd:/user.slice\n3:cpu,cpuacct:/a b:c\n1:name=:/x\n0::/user.slice/user-1000.slice/session-42.scope\n"

func TestParseCgroup(t *testing.T) {
	for _, c := range []struct {
		text string
		want Membership
	}{
		{"", nil},
		{"0::/\n", Membership{{0, nil, "/"}}},
		{"0::/a b:c (deleted)\n", Membership{{0, nil, "/a b:c (deleted)"}}},
		{"0::/../x", Membership{{0, nil, "/../x"}}},
		{hybrid, Membership{
			{12, []string{"name=systemd"}, "/user.slice"},
			{3, []string{"cpu", "cpuacct"}, "/a b:c"},
			{1, []string{"name="}, "/x"},
			{0, nil, "/user.slice/user-1000.slice/session-42.scope"},
		}},
	} {
		if got, err := ParseCgroup(c.text); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: got %v, %v, want %v", c.text, got, err, c.want)
		}
	}
}

func TestParseCgroupBad(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"\n", "line 1: want ID:CONTROLLERS:PATH"},
		{"0::/\nx\n", "line 2: want ID:CONTROLLERS:PATH"},
		{"0:/\n", "want ID:CONTROLLERS:PATH"},
		{"::/\n", `hierarchy "" is no number`},
		{"-1::/\n", `hierarchy "-1" is no number`},
		{"99999999999::/\n", "is no number"},
		{"0::\n", `path "" does not begin with a slash`},
		{"0::a\n", `path "a" does not begin with a slash`},
	} {
		if m, err := ParseCgroup(c.text); err == nil || !strings.Contains(err.Error(), c.want) || m != nil {
			t.Errorf("%q: got %v, %v, want error %q", c.text, m, err, c.want)
		}
	}
}

func FuzzParseCgroup(f *testing.F) {
	f.Add(hybrid)
	f.Add("0::/\n")
	f.Add("1:a,,b:/x:y\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseCgroup(text)
		if err != nil {
			return
		}
		if lines := strings.Count(strings.TrimSuffix(text, "\n")+"\n", "\n"); text != "" && len(m) != lines {
			t.Errorf("%d lines, %d hierarchies", lines, len(m))
		}
		for _, h := range m {
			if h.Path == "" || h.Path[0] != '/' || h.ID < 0 {
				t.Errorf("bad hierarchy %+v", h)
			}
			if p, ok := m.Controller(strings.Join(h.Controllers, ",")); ok && p == "" {
				t.Errorf("controller without path: %+v", h)
			}
		}
	})
}

func TestController(t *testing.T) {
	m, err := ParseCgroup(hybrid)
	if err != nil {
		t.Fatal(err)
	}
	unified := "/user.slice/user-1000.slice/session-42.scope"
	for name, want := range map[string]string{
		"cpu": "/a b:c", "cpuacct": "/a b:c", "systemd": "/user.slice", "name=systemd": "/user.slice",
		"memory": unified, "cpu,cpuacct": unified,
	} {
		if got, ok := m.Controller(name); !ok || got != want {
			t.Errorf("%s: got %q, %v, want %q", name, got, ok, want)
		}
	}
	if got, ok := m[:3].Controller("memory"); ok {
		t.Errorf("version 1 only, unknown controller: got %q", got)
	}
	if got, ok := m[:3].Unified(); ok {
		t.Errorf("version 1 only: got unified path %q", got)
	}
}

func TestParent(t *testing.T) {
	for path, want := range map[string][]string{
		"/":      nil,
		"/a":     {"/"},
		"/a/b/c": {"/a/b", "/a", "/"},
		"/../a":  {"/.."},
		"/../..": nil,
	} {
		var got []string
		for c := (&Cgroup{Path: path}).Parent(); c != nil; c = c.Parent() {
			got = append(got, c.String())
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

// attributes makes a directory that stands for a cgroup2 mount, and a living
// client in its group /a/b.
func attributes(t *testing.T) (*CgroupFS, *Cgroup, string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(dir+"/a/b", 0o755); err != nil {
		t.Fatal(err)
	}
	top, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	fs := &CgroupFS{top: top, root: "/"}
	t.Cleanup(func() { fs.Close() })
	return fs, &Cgroup{"/a/b", newPeer(t, os.Getpid()), fs}, dir
}

func TestXattr(t *testing.T) {
	_, c, dir := attributes(t)
	for name, value := range map[string]string{
		"user.account": "acct1", "user.empty": "", "user.a.b": "dotted", "user.nul": "a\x00b",
		"user.256": strings.Repeat("x", 256), "user.257": strings.Repeat("y", 257), "user.big": strings.Repeat("z", 2000),
	} {
		if err := unix.Setxattr(dir+"/a/b", name, []byte(value), 0); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		short := strings.TrimPrefix(name, "user.")
		if strings.Contains(short, ".") {
			short = name
		}
		for _, n := range []string{name, short} {
			if got, ok, err := c.Xattr(n); err != nil || !ok || got != value {
				t.Errorf("%s: got %q, %v, %v", n, got, ok, err)
			}
		}
		if got, ok, err := c.Parent().Xattr(short); err != nil || ok || got != "" {
			t.Errorf("%s of the parent: got %q, %v, %v", short, got, ok, err)
		}
	}
	if got, ok, err := c.Xattr("absent"); err != nil || ok || got != "" {
		t.Errorf("absent: got %q, %v, %v", got, ok, err)
	}
}

func TestXattrErrors(t *testing.T) {
	fs, c, dir := attributes(t)
	for _, name := range []string{"", "a\x00b", "user.", strings.Repeat("n", 251), "no.such.namespace"} {
		if got, ok, err := c.Xattr(name); err == nil || ok || got != "" {
			t.Errorf("%.20q: got %q, %v, want an error", name, got, ok)
		}
	}
	if err := os.Symlink("b", dir+"/a/link"); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{
		"/gone": unix.ENOENT, "/..": unix.EXDEV, "/../etc": unix.EXDEV, "/a/../../etc": unix.EXDEV, "/a/link": unix.ELOOP,
	} {
		if got, ok, err := (&Cgroup{path, c.client, fs}).Xattr("account"); !errors.Is(err, want) || ok || got != "" {
			t.Errorf("%s: got %q, %v, %v, want %v", path, got, ok, err, want)
		}
	}
	c.client.Close()
	if _, _, err := c.Xattr("account"); !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed client: got %v", err)
	}
}

func TestRelative(t *testing.T) {
	for _, c := range []struct {
		name, root, want string
		ok               bool
	}{
		{"/", "/", "./", true},
		{"/a/b", "/", "./a/b", true},
		{"/a/b", "/a", "./b", true},
		{"/a", "/a", ".", true},
		{"/ab", "/a", "", false},
		{"/", "/a", "", false},
		{"/b", "/a", "", false},
	} {
		if got, ok := relative(c.name, c.root); got != c.want || ok != c.ok {
			t.Errorf("%s below %s: got %q, %v, want %q, %v", c.name, c.root, got, ok, c.want, c.ok)
		}
	}
}

func TestXattrBesidePartialMount(t *testing.T) {
	fs, c, dir := attributes(t)
	if err := unix.Setxattr(dir+"/a/b", "user.account", []byte("acct1"), 0); err != nil {
		t.Fatal(err)
	}
	fs.root = "/container"
	if got, _, err := (&Cgroup{"/container/a/b", c.client, fs}).Xattr("account"); err != nil || got != "acct1" {
		t.Errorf("below the mount: got %q, %v", got, err)
	}
	if _, _, err := c.Xattr("account"); err == nil || !strings.Contains(err.Error(), "is not below /container") {
		t.Errorf("beside the mount: got %v", err)
	}
}

func TestCgroupOfProcess(t *testing.T) {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	m, err := ParseCgroup(string(text))
	if err != nil {
		t.Fatal(err)
	}
	want, ok := m.Unified()
	p := newPeer(t, os.Getpid())
	c, err := p.Cgroup(&CgroupFS{})
	if err != nil || (c != nil) != ok {
		t.Fatalf("got %v, %v", c, err)
	}
	if ok && c.Path != want {
		t.Errorf("got %q, want %q", c.Path, want)
	}
	for _, h := range m {
		for _, controller := range h.Controllers {
			if got, ok, err := p.ControllerPath(controller); err != nil || !ok || got != h.Path {
				t.Errorf("%s: got %q, %v, %v, want %q", controller, got, ok, err, h.Path)
			}
		}
	}
}

// The real file system: a client in a group made for this test.
func TestRealCgroup(t *testing.T) {
	var fs CgroupFS
	defer fs.Close()
	own, err := newPeer(t, os.Getpid()).Cgroup(&fs)
	if err != nil {
		t.Fatal(err)
	}
	if err := fs.find(mountinfo); err != nil || own == nil {
		t.Logf("NOT RUN: this machine has no cgroup2: %v", err)
		return
	}
	if err := fs.Close(); err != nil {
		t.Fatal(err)
	}
	if err := fs.find(mountinfo); err != nil {
		t.Fatal(err)
	}
	group := filepath.Join(own.Path, "qrelay-peer-test")
	dir := filepath.Join(fs.top.Name(), group)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Logf("NOT RUN: this process may not make control groups: %v", err)
		return
	}
	defer os.Remove(dir)
	if err := unix.Setxattr(dir, "user.account", []byte("acct1"), 0); err != nil {
		t.Fatal(err)
	}
	client := mustStart(t)
	defer client.exit()
	p := newPeer(t, client.cmd.Process.Pid)
	move(t, dir, p.PID)
	c, err := p.Cgroup(&fs)
	if err != nil || c == nil || c.Path != group {
		t.Fatalf("got %v, %v, want %s", c, err, group)
	}
	if got, ok, err := c.Xattr("account"); err != nil || !ok || got != "acct1" {
		t.Errorf("got %q, %v, %v", got, ok, err)
	}
	for up := c.Parent(); up != nil; up = up.Parent() {
		if got, ok, err := up.Xattr("qrelay-peer-test"); err != nil || ok {
			t.Errorf("%s: got %q, %v, %v", up, got, ok, err)
		}
	}
	client.exit()
	if _, _, err := c.Xattr("account"); err != ErrExited {
		t.Errorf("after the client's end: got %v", err)
	}
}

// Mounts that are hidden, show something else or lie outside are passed over.
func TestFindCgroupFS(t *testing.T) {
	dir := t.TempDir()
	none := "1 2 0:1 / " + dir + " rw - cgroup2 none rw\n" + // not what is there
		"1 2 0:1 / " + dir + "/gone rw - cgroup2 none rw\n" +
		"1 2 0:1 /../x / rw - cgroup2 none rw\n" +
		"1 2 0:1 / / rw - tmpfs none rw\n"
	real, err := os.ReadFile(mountinfo)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text, root string
		want       error
	}{
		{"", "", ErrNoCgroupFS},
		{none, "", ErrNoCgroupFS},
		{string(real) + none, "/", nil},
		{none + string(real), "/", nil},
		{strings.ReplaceAll(string(real), " / /sys", " /container /sys") + none, "/container", nil},
	} {
		if err := os.WriteFile(dir+"/mountinfo", []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		var fs CgroupFS
		err := fs.find(dir + "/mountinfo")
		if c.want == nil && !strings.Contains(string(real), " - cgroup2 ") {
			c.root, c.want = "", ErrNoCgroupFS // as on this machine
		}
		if err != c.want || fs.root != c.root {
			t.Errorf("%.30q...: got root %q, %v, want %q, %v", c.text, fs.root, err, c.root, c.want)
		}
		fs.Close()
	}
}

func move(t *testing.T, dir string, pid int) {
	t.Helper()
	if err := os.WriteFile(dir+"/cgroup.procs", []byte(strconv.Itoa(pid)), 0); err != nil {
		t.Fatal(err)
	}
}
