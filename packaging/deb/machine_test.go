package deb

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	service    = "cm4all-qrelay.service"
	configPath = "/etc/cm4all/qrelay/config.lua"
	myConfig   = `
function reload() print('reload was called') end
qmqp_listen(LISTENER, function(m)
  if m.sender == 'program@example.com' then return m:exec_raw('/usr/bin/id', '-un') end
  return m:connect('127.0.0.1')
end)
`
)

// onMachine tells whether this process runs on the machine of machine.sh.
func onMachine() bool { return os.Getenv("QRELAY_ON_MACHINE") != "" }

// The package on a whole Debian system with systemd: the service runs in its
// sandbox, mails go through it, and upgrades and removal do what they should.
func TestOnMachine(t *testing.T) {
	if onMachine() {
		lifeOnMachine(t)
		return
	}
	dir := t.TempDir()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(copyFile(binary, filepath.Join(dir, "deb.test")), copyFile(builds[0], filepath.Join(dir, "old.deb")))
	if err != nil {
		t.Fatal(err)
	}
	output(t, "sh", "-ec", `cd "$1"
		dpkg-deb --raw-extract old.deb new
		sed -i 's/^Version: .*/Version: 1.2.4/' new/DEBIAN/control
		echo '-- a better one' >>new`+configPath+`
		dpkg-deb --root-owner-group -Znone --build new new.deb`, "sh", dir)
	cmd := exec.Command("sh", "testdata/machine.sh", dir)
	said, err := cmd.CombinedOutput()
	log, logErr := os.ReadFile(filepath.Join(dir, "log"))
	switch {
	case cmd.ProcessState.ExitCode() == 77 && errors.Is(logErr, fs.ErrNotExist):
		t.Logf("NOT RUN on a system with systemd: %s. All else was tested without.", strings.TrimSpace(string(said)))
	case err != nil || !strings.Contains(string(log), "--- PASS: TestOnMachine"):
		t.Errorf("%v: %s\n%s", err, said, log)
	}
}

func lifeOnMachine(t *testing.T) {
	dpkg(t, "--install", "/machine/old.deb")
	wantUnit(t, "active", "enabled")
	if got := output(t, "dpkg", "--verify", "cm4all-qrelay"); got != "" {
		t.Errorf("what is installed differs from the package: %s", got)
	}
	wantSandbox(t)
	mails := sink(t)
	submit(t, "alice@example.com", "accepted: stored as ")
	wantMail(t, mails)
	wantDropIn(t)

	writeConfig(t, "'/run/cm4all/qrelay/qrelay.sock'")
	output(t, "systemctl", "restart", service)
	submit(t, "program@example.com", "accepted: cm4all-qrelay")
	output(t, "systemctl", "reload", service)

	wantUpgrade(t)
	wantSocketActivation(t)
	if log := journal(t); !strings.Contains(log, "reload was called") {
		t.Errorf("no sign of the reload: %s", log)
	}
	wantNothingLeft(t)
}

// dpkg leaves out what takes long, and makes no difference here.
func dpkg(t *testing.T, args ...string) {
	t.Helper()
	output(t, "dpkg", append([]string{"--no-triggers", "--force-unsafe-io"}, args...)...)
}

func writeConfig(t *testing.T, listener string) {
	t.Helper()
	if err := os.WriteFile(configPath, []byte(strings.Replace(myConfig, "LISTENER", listener, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// property returns what systemd knows about the service.
func property(t *testing.T, name string) string {
	t.Helper()
	return strings.TrimSpace(output(t, "systemctl", "show", "--value", "--property", name, service))
}

func wantUnit(t *testing.T, active, enabled string) {
	t.Helper()
	if a, e := property(t, "ActiveState"), property(t, "UnitFileState"); a != active || e != enabled {
		t.Errorf("the service is %s and %s, want %s and %s\n%s", a, e, active, enabled, journal(t))
	}
}

func journal(t *testing.T) string {
	t.Helper()
	output(t, "journalctl", "--sync")
	return output(t, "journalctl", "--no-pager", "--output=cat", "--unit="+service)
}

// wantSandbox is about what the unit's settings come to.
func wantSandbox(t *testing.T) {
	t.Helper()
	uid := strings.TrimSpace(output(t, "id", "-u", "cm4all-qrelay"))
	wantProcess(t, `Uid:\t`+uid+`\t`+uid+`\t`, `NoNewPrivs:\t1`, `Seccomp:\t2`, `CapEff:\t0+$`, `CapBnd:\t0+$`)
}

// wantDropIn is about the one for setuid and setgid programs.
func wantDropIn(t *testing.T) {
	t.Helper()
	const dropIns = "/etc/systemd/system/" + service + ".d"
	output(t, "install", "-D", "-t", dropIns, "/usr/share/doc/cm4all-qrelay/examples/setgid-programs.conf")
	output(t, "systemctl", "daemon-reload")
	output(t, "systemctl", "restart", service)
	wantProcess(t, `NoNewPrivs:\t0`, `CapEff:\t0+$`)
	output(t, "rm", "-r", dropIns)
	output(t, "systemctl", "daemon-reload")
}

// wantProcess looks for lines in the status of the daemon's process (proc(5)).
func wantProcess(t *testing.T, lines ...string) {
	t.Helper()
	status, err := os.ReadFile("/proc/" + property(t, "MainPID") + "/status")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range lines {
		if !regexp.MustCompile("(?m)^" + want).Match(status) {
			t.Errorf("the process has no %s:\n%s", want, status)
		}
	}
}

// sink starts the next hop of the configuration that is in the package.
func sink(t *testing.T) (mails string) {
	t.Helper()
	mails = filepath.Join(t.TempDir(), "mails")
	cmd := exec.Command("qrelay", "sink", "127.0.0.1:628", "--maildir", mails)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.HasPrefix(line, "listening on ") {
		t.Fatalf("the sink says %q, %v", line, err)
	}
	return mails
}

func submit(t *testing.T, sender, want string) {
	t.Helper()
	cmd := exec.Command("qrelay", "submit", "-v", "-f", sender, "bob@example.org")
	cmd.Stdin = strings.NewReader("Subject: hello\n\nHello!\n")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), want) {
		t.Errorf("a mail from %s: %v: %s\n%s", sender, err, out, journal(t))
	}
}

func wantMail(t *testing.T, mails string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(mails, "new", "*"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("mails: %q, %v", paths, err)
	}
	text, err := os.ReadFile(paths[0])
	if err != nil || !regexp.MustCompile(`^Received: from PID=\d+ UID=0 with QMQP\r?\nSubject: hello\n\nHello!\n$`).Match(text) {
		t.Errorf("got %q, %v", text, err)
	}
}

// wantUpgrade upgrades a running service, and one that was disabled.
func wantUpgrade(t *testing.T) {
	t.Helper()
	upgrade := func() { dpkg(t, "--force-confdef", "--force-confold", "--install", "/machine/new.deb") }
	before := property(t, "MainPID")
	upgrade()
	wantUnit(t, "active", "enabled")
	if property(t, "MainPID") == before {
		t.Error("the old program still runs")
	}
	if config := output(t, "cat", configPath); !strings.Contains(config, "reload was called") {
		t.Errorf("the upgrade replaced the configuration: %s", config)
	}
	output(t, "systemctl", "disable", "--now", service)
	upgrade()
	wantUnit(t, "inactive", "disabled")
	output(t, "systemctl", "enable", "--now", service)
	output(t, "/var/lib/dpkg/info/cm4all-qrelay.postinst", "configure", "1.2.4") // once more
	wantUnit(t, "active", "enabled")
}

// wantSocketActivation stops the service: the next mail starts it.
func wantSocketActivation(t *testing.T) {
	t.Helper()
	output(t, "systemctl", "stop", service)
	writeConfig(t, "systemd")
	output(t, "systemctl", "enable", "--now", "cm4all-qrelay.socket")
	wantUnit(t, "inactive", "enabled")
	submit(t, "alice@example.com", "accepted: stored as ")
	wantUnit(t, "active", "enabled")
}

func wantNothingLeft(t *testing.T) {
	t.Helper()
	dpkg(t, "--remove", "cm4all-qrelay")
	if state := property(t, "ActiveState"); state != "inactive" {
		t.Errorf("the service is %s after removal", state)
	}
	output(t, "cat", configPath)
	dpkg(t, "--purge", "cm4all-qrelay")
	for _, dir := range []string{"/etc", "/usr", "/var/lib"} {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if strings.Contains(filepath.Base(path), "qrelay") && err == nil {
				t.Errorf("purging leaves %s", path)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
