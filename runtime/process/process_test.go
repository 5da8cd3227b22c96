package process

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"qrelay/runtime/await"
)

// leaveGroup in the environment turns the test program into one that moves to
// its parent's process group and waits for a signal.
const leaveGroup = "PROCESS_TEST_LEAVE_GROUP"

func TestMain(m *testing.M) {
	if os.Getenv(leaveGroup) != "" {
		group, err := unix.Getpgid(os.Getppid())
		if err == nil {
			err = unix.Setpgid(0, group)
		}
		if err != nil {
			panic(err)
		}
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// newGroup makes a group that is closed, and checked for leftovers, at the end
// of the test.
func newGroup(t testing.TB, killDelay time.Duration) *Group {
	t.Helper()
	return groupOf(t, Options{KillDelay: killDelay})
}

func groupOf(t testing.TB, o Options) *Group {
	t.Helper()
	fds := openFDs(t)
	g := NewGroup(o)
	t.Cleanup(func() {
		if err := g.Close(canceled()); err != nil {
			t.Error(err)
		}
		if n := g.Running(); n != 0 {
			t.Errorf("%d programs left after Close", n)
		}
		if c := children(t); len(c) != 0 {
			t.Errorf("children left after Close: %v", c)
		}
		if now := openFDs(t); len(now) > len(fds) {
			t.Errorf("descriptors before: %q, after: %q", fds, now)
		}
	})
	return g
}

// sh is a command that runs a shell script with arguments $1, $2...
func sh(script string, args ...string) Command {
	return Command{
		Path:        "/bin/sh",
		Args:        append([]string{"-c", script, "sh"}, args...),
		OutputLimit: 4096,
	}
}

// run runs a program that must come to its end.
func run(t testing.TB, g *Group, cmd Command, stdin ...[]byte) Result {
	t.Helper()
	res, err := g.Run(t.Context(), cmd, stdin...)
	if err != nil {
		t.Fatalf("Run: %v", err)
	}
	return res
}

// eventually waits until something is true.
var eventually = await.Until

// written reports whether a file exists and holds what a script has written.
func written(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0
}

// openFDs lists the open descriptors without those of Go's poller, which opens
// two when it is first used.
func openFDs(t testing.TB) (open []string) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		link, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err == nil && !strings.HasPrefix(link, "anon_inode:[event") { // the list's own is closed again
			open = append(open, e.Name()+" "+link)
		}
	}
	return open
}

// children lists the living and dead children of this process.
func children(t testing.TB) []string {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if state, parent, _ := stat(pid); parent == os.Getpid() {
				found = append(found, fmt.Sprintf("%d (%s)", pid, state))
			}
		}
	}
	return found
}

// stat gives state and parent of a process.
func stat(pid int) (state string, parent int, ok bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", 0, false
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	parent, err = strconv.Atoi(f[1])
	return f[0], parent, err == nil
}

// gone reports whether a process that need not be our child has ended.
func gone(pid int) bool {
	state, _, ok := stat(pid)
	return !ok || state == "Z" || state == "X"
}

// readPID reads a process id that a script has written.
func readPID(t testing.TB, path string) int {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}
