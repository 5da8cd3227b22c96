package deb

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A system is a folder with nothing but what the package puts there.
type system struct {
	t    *testing.T
	root string
}

func newSystem(t *testing.T) *system {
	t.Helper()
	s := &system{t, t.TempDir()}
	for _, dir := range []string{"var/lib/dpkg/info", "var/lib/dpkg/updates", "etc", "run", "tmp"} {
		if err := os.MkdirAll(filepath.Join(s.root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s.write("var/lib/dpkg/status", "")
	// Folders of the tests are not open to others; the service is another user.
	for dir := s.root; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *system) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.root, name), []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

func (s *system) read(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.root, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

func (s *system) exists(name string) bool {
	_, err := os.Lstat(filepath.Join(s.root, name))
	return err == nil
}

// asRoot makes a process root: in a user namespace if this one is not.
func asRoot() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if os.Getuid() != 0 {
		attr.Cloneflags = syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return attr
}

// dpkg runs dpkg on the system. Scripts of the package run outside of it, for
// there is no shell inside.
func (s *system) dpkg(args ...string) {
	s.t.Helper()
	cmd := exec.Command("dpkg", append([]string{"--root=" + s.root, "--force-script-chrootless", "--force-depends"}, args...)...)
	cmd.Env = append(cmd.Environ(), "DEBIAN_FRONTEND=noninteractive", "PATH=/usr/sbin:/usr/bin:/sbin:/bin")
	cmd.SysProcAttr = asRoot()
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("dpkg %q: %v\n%s", args, err, out)
	}
}

// account returns the ids of the user that the package made.
func (s *system) account() (uid, gid int) {
	s.t.Helper()
	for line := range strings.Lines(s.read("etc/passwd")) {
		f := strings.Split(line, ":")
		if f[0] != "cm4all-qrelay" {
			continue
		}
		uid, uidErr := strconv.Atoi(f[2])
		gid, gidErr := strconv.Atoi(f[3])
		if uidErr != nil || gidErr != nil || uid == 0 || gid == 0 || strings.TrimSpace(f[6]) != "/usr/sbin/nologin" {
			s.t.Fatalf("the user is %q", line)
		}
		return uid, gid
	}
	s.t.Fatal("there is no user cm4all-qrelay")
	return 0, 0
}

// execStart returns the command line of the installed unit.
func (s *system) execStart() []string {
	s.t.Helper()
	for line := range strings.Lines(s.read("usr/lib/systemd/system/cm4all-qrelay.service")) {
		if command, ok := strings.CutPrefix(line, "ExecStart="); ok {
			return strings.Fields(command)
		}
	}
	s.t.Fatal("the unit has no ExecStart")
	return nil
}

// command makes a command that runs inside of the system, as the user if that
// is possible.
func (s *system) command(args ...string) *exec.Cmd {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = "/", []string{"PATH=/usr/bin"}
	cmd.SysProcAttr = asRoot()
	cmd.SysProcAttr.Chroot = s.root
	if os.Getuid() == 0 {
		uid, gid := s.account()
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	return cmd
}

// makeRuntimeDirectory does what systemd does for RuntimeDirectory=.
func (s *system) makeRuntimeDirectory() {
	s.t.Helper()
	dir := filepath.Join(s.root, "run/cm4all/qrelay")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		s.t.Fatal(err)
	}
	if os.Getuid() != 0 {
		return
	}
	uid, gid := s.account()
	if err := os.Chown(dir, uid, gid); err != nil {
		s.t.Fatal(err)
	}
}

// start starts the service and waits until it says that it is ready.
func (s *system) start() (cmd *exec.Cmd, log *bytes.Buffer) {
	s.t.Helper()
	address := fmt.Sprintf("@qrelay-deb-test-%d", os.Getpid())
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		s.t.Fatal(err)
	}
	defer notify.Close()
	log = new(bytes.Buffer)
	cmd = s.command(s.execStart()...)
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+address)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { cmd.Process.Kill() })
	notify.SetReadDeadline(time.Now().Add(30 * time.Second))
	state := make([]byte, 100)
	n, err := notify.Read(state)
	if err != nil || !strings.HasPrefix(string(state[:n]), "READY=1") {
		cmd.Process.Kill()
		cmd.Wait()
		s.t.Fatalf("the service did not start (%v): %s", err, log)
	}
	return cmd, log
}

// What is installed runs, with the configuration that is installed, as the user
// that was made: it answers a mail, and ends when told to.
func TestInstalledServiceRuns(t *testing.T) {
	s := newSystem(t)
	s.dpkg("--install", builds[0])
	s.makeRuntimeDirectory()
	service, log := s.start()

	submit := s.command("/usr/bin/qrelay", "submit", "-i", "-f", "alice@example.com", "bob@example.org")
	submit.Stdin = strings.NewReader("Subject: hello\n\nHello!\n")
	out, err := submit.CombinedOutput()
	if submit.ProcessState.ExitCode() != 75 || !strings.Contains(string(out), "connect failed") {
		t.Errorf("submit: %v\n%s", err, out)
	}
	if err := service.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := service.Wait(); err != nil {
		t.Errorf("the service ended with %v\n%s", err, log)
	}
	if s.exists("run/cm4all/qrelay/qrelay.sock") {
		t.Error("the socket is still there")
	}
}

func TestLifeOfThePackage(t *testing.T) {
	const (
		config  = "etc/cm4all/qrelay/config.lua"
		enabled = "etc/systemd/system/multi-user.target.wants/cm4all-qrelay.service"
	)
	s := newSystem(t)
	s.dpkg("--install", builds[0])
	uid, _ := s.account()
	if !s.exists(enabled) {
		t.Error("the service is not enabled")
	}
	s.write(config, "-- mine\n")
	s.dpkg("--install", builds[0])
	if again, _ := s.account(); again != uid || s.read(config) != "-- mine\n" {
		t.Errorf("an upgrade changed user %d to %d, or the configuration to %q", uid, again, s.read(config))
	}
	s.dpkg("--remove", "cm4all-qrelay")
	if s.exists("usr/bin/qrelay") || !s.exists(config) {
		t.Error("removing leaves the program, or takes the configuration away")
	}
	s.dpkg("--purge", "cm4all-qrelay")
	for _, name := range []string{"etc/cm4all", "usr/share/doc/cm4all-qrelay", "usr/lib/sysusers.d", enabled} {
		if s.exists(name) {
			t.Errorf("purging leaves %s", name)
		}
	}
}
