package deb

import (
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// dpkgDeb runs dpkg-deb on the package.
func dpkgDeb(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("dpkg-deb", args...)
	cmd.Env = append(cmd.Environ(), "TZ=UTC")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("dpkg-deb %q: %v", args, err)
	}
	return string(out)
}

func TestControl(t *testing.T) {
	for field, want := range map[string]string{
		"Package":      "cm4all-qrelay",
		"Version":      "1.2.3~rc1",
		"Architecture": strings.TrimSpace(output(t, "dpkg", "--print-architecture")),
		"Section":      "mail",
		"Depends":      "init-system-helpers, systemd (>= 247) | systemd-standalone-sysusers | systemd-sysusers",
	} {
		if got := strings.TrimSpace(dpkgDeb(t, "-f", builds[0], field)); got != want {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
	}
	if got := dpkgDeb(t, "-I", builds[0], "conffiles"); got != "/etc/cm4all/qrelay/config.lua\n" {
		t.Errorf("configuration files: %q", got)
	}
}

func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(out)
}

// files returns mode, owner and time of all that is in the package.
func files(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for line := range strings.Lines(dpkgDeb(t, "-c", builds[0])) {
		f := strings.Fields(line) // mode owner size date time name
		all[f[5]] = strings.Join([]string{f[0], f[1], f[3], f[4]}, " ")
	}
	return all
}

func TestContents(t *testing.T) {
	const (
		program = "-rwxr-xr-x root/root 2025-06-15 15:06"
		data    = "-rw-r--r-- root/root 2025-06-15 15:06"
		folder  = "drwxr-xr-x root/root 2025-06-15 15:06"
	)
	got := files(t)
	for name, want := range map[string]string{
		"./usr/bin/qrelay": program,
		"./usr/lib/systemd/system/cm4all-qrelay.service":   data,
		"./usr/lib/systemd/system/cm4all-qrelay.socket":    data,
		"./usr/lib/sysusers.d/cm4all-qrelay.conf":          data,
		"./etc/cm4all/qrelay/config.lua":                   data,
		"./usr/share/doc/cm4all-qrelay/copyright":          data,
		"./usr/share/doc/cm4all-qrelay/licenses.md":        data,
		"./usr/share/doc/cm4all-qrelay/modules/limiter.md": data,
		"./usr/share/doc/cm4all-qrelay/luals/pg.lua":       data,
		"./usr/share/man/man8/qrelay.8.gz":                 data,
		"./etc/cm4all/qrelay/":                             folder,
		"./usr/share/doc/cm4all-qrelay/":                   folder,
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		at := got[name]
		isProgram := strings.HasPrefix(name, "./usr/bin/") && name != "./usr/bin/"
		if at != folder && at != data && !(isProgram && at == program) {
			t.Errorf("%s is %q", name, at)
		}
		if strings.HasSuffix(name, ".go") || strings.Contains(name, "testdata") {
			t.Errorf("%s has no business here", name)
		}
	}
}
