package deb

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"maps"
	"os/exec"
	"path/filepath"
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
	var out, errors strings.Builder
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &errors
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %q: %v\n%s%s", name, args, err, out.String(), errors.String())
	}
	return out.String()
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
		"./usr/share/doc/cm4all-qrelay/changelog.gz":       data,
		"./usr/share/man/man1/qrelay-lua.1.gz":             data,
		"./usr/share/man/man5/qrelay.lua.5.gz":             data,
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

// The programs need no library of the system, and tell nothing about where they
// were built.
func TestProgramsAreStatic(t *testing.T) {
	for _, name := range []string{"qrelay", "qrelay-lua"} {
		program := []byte(output(t, "sh", "-c", `dpkg-deb --fsys-tarfile "$1" | tar -xO "$2"`, "sh", builds[0], "./usr/bin/"+name))
		file, err := elf.NewFile(bytes.NewReader(program))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range file.Progs {
			if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
				t.Errorf("%s is linked dynamically: %v", name, p.Type)
			}
		}
		info, err := buildinfo.Read(bytes.NewReader(program))
		if err != nil {
			t.Fatal(err)
		}
		for _, setting := range info.Settings {
			if setting.Key == "CGO_ENABLED" && setting.Value != "0" || setting.Key == "-trimpath" && setting.Value != "true" {
				t.Errorf("%s was built with %s=%s", name, setting.Key, setting.Value)
			}
		}
		if source := filepath.Dir(filepath.Dir(builds[0])); bytes.Contains(program, []byte(source)) {
			t.Errorf("%s has the name of the folder %s in it", name, source)
		}
	}
}
