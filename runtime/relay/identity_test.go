package relay

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A client that is another process is known as that.
func TestClientProcess(t *testing.T) {
	b := handle(t, "print(m.pid, m.uid, m.gid) return m:discard()")
	p := startClient(t, b.path())
	if got := p.finish(); got != "10:Kdiscarded," {
		t.Errorf("got %q\n%s", got, b.log.String())
	}
	want := fmt.Sprintf("%d\t%d\t%d\n", p.cmd.Process.Pid, os.Getuid(), os.Getgid())
	if got := b.printed.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	b.records.all()
}

// A client is who it was when it connected, whatever user and program it has
// become since.
func TestClientBecomesAnother(t *testing.T) {
	b := handle(t, "print(m.pid, m.uid, m.gid, m.cgroup ~= false) return m:discard()")
	p := startClient(t, b.path(), "exec")
	if got := p.finish(); got != "10:Kdiscarded," {
		t.Errorf("got %q\n%s", got, b.log.String())
	}
	want := fmt.Sprintf("%d\t%d\t%d\ttrue\n", p.cmd.Process.Pid, os.Getuid(), os.Getgid())
	if got := b.printed.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	b.records.all()
}

// A process that has ended and left its connection to another keeps its
// number, but nothing more can be learned about it: the number may be
// somebody else's.
func TestClientHasExited(t *testing.T) {
	steps := []step{
		{"return m.cgroup", "!cgroup: client process has exited"},
		{"return m:get_cgroup('memory')", "!mail:get_cgroup: client process has exited"},
		{"return m:get_mount_info('/proc')", "!mail:get_mount_info: client process has exited"},
		{"return m.uid, m.gid", fmt.Sprintf("%d %d", os.Getuid(), os.Getgid())},
	}
	b := handle(t, "print('pid', m.pid) "+body(steps))
	conn, pid := orphaned(t, b.path())
	c := &client{t, conn}
	if got := c.exchange(aRequest[10:]); got != "Kdiscarded" {
		t.Fatalf("got %q\n%s", got, b.log.String())
	}
	b.checkSteps(steps)
	if b.printed.Count(fmt.Sprintf("pid\t%d\n", pid)) != 1 {
		t.Errorf("not the number %d: %q", pid, b.printed.String())
	}
	b.records.all()
}

// A mail can be logged under the account that the client's control group
// names.
func TestCgroup(t *testing.T) {
	group, dir, err := makeCgroup(t)
	if err != nil {
		t.Logf("NOT RUN: no control group can be made here: %v", err)
		return
	}
	steps := []step{
		{"return m.cgroup.path, tostring(m.cgroup), tostring(m.cgroup.parent)", group + " " + group + " " + filepath.Dir(group)},
		{"return m.cgroup.xattr.account, m.cgroup.xattr['user.account'], m.cgroup.xattr.absent", "acct1 acct1 nil"},
		{"return m.cgroup.parent.xattr.qrelay_relay_test", "nil"},
		{"local c, n = m.cgroup, 0 while c do c, n = c.parent, n + 1 end return n", strconv.Itoa(levels(group))},
		{"m.account = m.cgroup.xattr.account return m.account", "acct1"},
		{"m:insert_header('X-Cgroup', m.cgroup) return m:header('X-Cgroup')", group},
		{"return m:get_cgroup('no-such-controller')", group},
		{"return m.cgroup.nonsense", `!cgroup has no attribute "nonsense" (it has path, xattr, parent)`},
		{"m.cgroup.path = 'x'", `!cgroup: attribute "path" cannot be set (these can: none)`},
		{"m.cgroup.xattr.account = 'x'", `!cgroup.xattr: attribute "account" cannot be set`},
		{"return m.cgroup.xattr[{}]", "!string expected, got table"},
		{"return m.cgroup.xattr['a\\0b']", "!cgroup.xattr"},
		{"return getmetatable(m.cgroup.xattr), getmetatable(m.cgroup)", "cgroup.xattr cgroup"},
	}
	b := handle(t, body(steps))
	p := startClient(t, b.path())
	if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(p.cmd.Process.Pid)), 0o644); err != nil {
		t.Logf("NOT RUN: this process may not move others: %v", err)
		return
	}
	if got := p.finish(); got != "10:Kdiscarded," {
		t.Fatalf("got %q\n%s", got, b.log.String())
	}
	b.checkSteps(steps)
	record, ok := b.records.next()
	if !ok || record.Site != "acct1" {
		t.Errorf("log record: %+v, %v", record, ok)
	}
	p.cmd.Wait()
}

func levels(path string) int {
	if path == "/" {
		return 1
	}
	return 1 + strings.Count(path, "/")
}

// makeCgroup makes a control group with an attribute, and returns its path as
// its members see it, and where it is, or why that is impossible.
func makeCgroup(t *testing.T) (group, dir string, err error) {
	t.Helper()
	mount, err := cgroup2Mount()
	if err != nil {
		return "", "", err
	}
	own, err := ownCgroup()
	if err != nil {
		return "", "", err
	}
	group = filepath.Join(own, "qrelay-relay-test")
	dir = filepath.Join(mount, group)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", "", err
	}
	t.Cleanup(func() {
		eventually(t, "the control group is empty", func() bool { return os.Remove(dir) == nil })
	})
	return group, dir, unix.Setxattr(dir, "user.account", []byte("acct1"), 0)
}

func cgroup2Mount() (string, error) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if strings.Contains(line, " - cgroup2 ") && fields[3] == "/" {
			return fields[4], nil
		}
	}
	return "", errors.New("this machine has no cgroup2")
}

func ownCgroup() (string, error) {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			return path, nil
		}
	}
	return "", errors.New("this process is in no unified control group")
}

// A client that is not a process of this machine cannot pretend to be one by
// the address that it is bound to.
func TestBoundClient(t *testing.T) {
	b := handle(t, "print(m.peer, m.pid) return m:discard()")
	d := net.Dialer{LocalAddr: &net.UnixAddr{Net: "unix", Name: filepath.Join(b.dir, "127.0.0.1:25")}}
	conn, err := d.Dial("unix", b.path())
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t, conn}
	if got := c.exchange(aRequest); got != "Kdiscarded" {
		t.Errorf("got %q", got)
	}
	if got := b.printed.String(); got != fmt.Sprintf("nil\t%d\n", os.Getpid()) {
		t.Errorf("got %q", got)
	}
	b.records.all()
}
