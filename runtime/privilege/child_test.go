package privilege

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// A scenario runs in a process of its own: what Drop does cannot be undone.
type scenario func() error

// scenarioVariable names the scenario that this process is to run.
const scenarioVariable = "PRIVILEGE_TEST_SCENARIO"

func TestMain(m *testing.M) {
	run, ok := scenarios()[os.Getenv(scenarioVariable)]
	if !ok {
		os.Exit(m.Run())
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// runScenario runs one in a process with these attributes; dir is its working
// directory.
func runScenario(t *testing.T, name, dir string, attr *syscall.SysProcAttr) {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", "-test.run=^$")
	cmd.Dir, cmd.SysProcAttr = dir, attr
	cmd.Env = append(os.Environ(), scenarioVariable+"="+name, "GORACE=atexit_sleep_ms=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", name, err, out)
	}
}

// asRoot runs a scenario as root, with users of its own: see passwd. Nothing
// outside sees them. There is no way to be root for whoever is not: in a user
// namespace nobody can become another user without being allowed that outside.
func asRoot(t *testing.T, name string, attr syscall.SysProcAttr) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Log("NOT RUN: only root can become another user")
		return
	}
	dir := t.TempDir()
	for file, text := range map[string]string{"passwd": passwd, "group": group, "secret": "of root's"} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	attr.Cloneflags |= syscall.CLONE_NEWNS
	runScenario(t, name, dir, &attr)
}

const (
	passwd = "root:x:0:0::/:/bin/sh\nrelay:x:4711:4712::/:/bin/sh\nalone:x:4720:4720::/:/bin/sh\n" +
		"toor:x:0:0::/:/bin/sh\nbroken:x:4294967295:1::/:/bin/sh\n"
	group = "root:x:0:\nrelay:x:4712:\nmail:x:4713:root,relay\nalone:x:4720:\nlogs:x:4714:relay\n"
)

// useOwnUsers puts the files of the working directory over those in /etc, in
// this process's mount namespace.
func useOwnUsers() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	for _, name := range []string{"passwd", "group"} {
		if err := os.Chmod(name, 0o644); err != nil {
			return err
		}
		if err := unix.Mount(name, "/etc/"+name, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("mounting %s: %w", name, err)
		}
	}
	return nil
}

// checkStatus looks at all threads of a process, as the kernel shows them.
func checkStatus(want map[string]string) error {
	files, err := filepath.Glob("/proc/self/task/*/status")
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no threads found (%v)", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			continue // this thread has ended
		}
		if err != nil {
			return err
		}
		got := map[string]string{}
		for line := range bytes.Lines(text) {
			name, value, _ := strings.Cut(string(line), ":")
			got[name] = strings.Join(strings.Fields(value), " ")
		}
		for name, value := range want {
			if got[name] != value {
				return fmt.Errorf("%s has %s %q, want %q", file, name, got[name], value)
			}
		}
	}
	return nil
}

const noCapabilities = "0000000000000000"

// statusOf is what the kernel should show of a user without rights.
func statusOf(uid, gid int, groups ...int) map[string]string {
	slices.Sort(groups)
	return map[string]string{
		"Uid":    strings.TrimSpace(strings.Repeat(fmt.Sprint(uid, " "), 4)),
		"Gid":    strings.TrimSpace(strings.Repeat(fmt.Sprint(gid, " "), 4)),
		"Groups": strings.Trim(fmt.Sprint(groups), "[]"),
		"CapInh": noCapabilities,
		"CapPrm": noCapabilities,
		"CapEff": noCapabilities,
		"CapAmb": noCapabilities,
	}
}
