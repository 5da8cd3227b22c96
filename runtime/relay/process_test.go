package relay

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

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
func children(t testing.TB) (found []string) {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if state, parent := stat(pid); parent == os.Getpid() {
				found = append(found, fmt.Sprintf("%d (%s)", pid, state))
			}
		}
	}
	return found
}

// stat gives state and parent of a process; a parent of 0 says that there is
// no such process.
func stat(pid int) (state string, parent int) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", 0
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	parent, _ = strconv.Atoi(f[1])
	return f[0], parent
}
