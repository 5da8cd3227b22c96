package contrib

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"qrelay/modules"
	"qrelay/runtime/daemon"
)

// install copies the units into a folder, with a program that exists here.
func install(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range []string{"cm4all-qrelay.service", "cm4all-qrelay.socket"} {
		text, err := os.ReadFile(filepath.Join("systemd", name))
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.ReplaceAll(text, []byte("/usr/bin/qrelay"), []byte("/bin/sh"))
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func analyze(t *testing.T, args ...string) (output string, err error) {
	t.Helper()
	path, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Fatal("systemd-analyze not found: install the Debian package systemd")
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	return string(out), err
}

func TestUnitsAreValid(t *testing.T) {
	dir := install(t)
	service := filepath.Join(dir, "cm4all-qrelay.service")
	output, err := analyze(t, "verify", "--man=no", "--recursive-errors=no", service, filepath.Join(dir, "cm4all-qrelay.socket"))
	if err != nil || output != "" {
		t.Errorf("%v\n%s", err, output)
	}
	// The check itself must be able to fail.
	text, err := os.ReadFile(service)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(service, append(text, "\n[Service]\nRestrictNonsense=yes\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if output, _ := analyze(t, "verify", "--man=no", "--recursive-errors=no", service); !strings.Contains(output, "RestrictNonsense") {
		t.Errorf("an unknown setting was not noticed: %s", output)
	}
}

// The drop-in must undo every setting of the service that implies
// NoNewPrivileges (systemd.exec(5)).
func TestDropInForPrograms(t *testing.T) {
	dir := install(t)
	dropins := filepath.Join(dir, "cm4all-qrelay.service.d")
	if err := os.Mkdir(dropins, 0o700); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("systemd/setgid-programs.conf")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dropins, "setgid-programs.conf"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	service := filepath.Join(dir, "cm4all-qrelay.service")
	if output, err := analyze(t, "verify", "--man=no", "--recursive-errors=no", service); err != nil || output != "" {
		t.Errorf("%v\n%s", err, output)
	}
	unit, err := os.ReadFile(service)
	if err != nil {
		t.Fatal(err)
	}
	implying := regexp.MustCompile(`(?m)^(NoNewPrivileges|LockPersonality|MemoryDenyWriteExecute|PrivateDevices|` +
		`ProtectClock|ProtectHostname|ProtectKernel\w+|Restrict\w+|SystemCall(?:Architectures|Filter))=`)
	for _, setting := range implying.FindAllString(string(unit), -1) {
		if !regexp.MustCompile("(?m)^" + setting + "(no)?$").Match(text) {
			t.Errorf("the drop-in leaves %s as it is", setting)
		}
	}
}

// The sandbox stays as tight as it is: 10 would be none at all.
func TestServiceIsSandboxed(t *testing.T) {
	service := filepath.Join(install(t), "cm4all-qrelay.service")
	if output, err := analyze(t, "security", "--offline=true", "--threshold=20", service); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

func TestConfig(t *testing.T) {
	path, err := filepath.Abs("config.lua")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(".") // Check changes it; the old one comes back at the end
	var out bytes.Buffer
	if err := daemon.Check(t.Context(), daemon.Options{Config: path, Modules: modules.All()}, &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != "listener /run/cm4all/qrelay/qrelay.sock\n" {
		t.Errorf("it would listen on %s", out.String())
	}
}
