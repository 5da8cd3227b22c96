package process

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestExitStatus(t *testing.T) {
	g := newGroup(t, 0)
	permanent := map[int]bool{64: true, 65: true, 67: true, 68: true, 72: true, 76: true, 77: true, 78: true}
	for code := range 256 {
		s := run(t, g, sh("exit $1", strconv.Itoa(code))).Status
		if s.Code() != code || s.Success() != (code == 0) || s.Permanent() != permanent[code] || s.Signal() != -1 {
			t.Errorf("exit %d: %v, code %d, success %v, permanent %v", code, s, s.Code(), s.Success(), s.Permanent())
		}
	}
}

func TestSignals(t *testing.T) {
	g := newGroup(t, 0)
	for _, sig := range []unix.Signal{
		unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGILL, unix.SIGABRT, unix.SIGBUS, unix.SIGFPE, unix.SIGKILL,
		unix.SIGUSR1, unix.SIGSEGV, unix.SIGUSR2, unix.SIGPIPE, unix.SIGALRM, unix.SIGTERM, unix.SIGXCPU, unix.SIGSYS,
	} {
		s := run(t, g, sh("ulimit -c 0; kill -$1 $$", strconv.Itoa(int(sig)))).Status
		if s.Signal() != sig || s.Code() != -1 || s.Success() || s.Permanent() {
			t.Errorf("%v: %v, code %d, success %v, permanent %v", sig, s, s.Code(), s.Success(), s.Permanent())
		}
	}
}

func TestStatusString(t *testing.T) {
	for _, c := range []struct {
		wait unix.WaitStatus
		want string
	}{
		{0, "exit status 0"},
		{1 << 8, "exit status 1"},
		{63 << 8, "exit status 63"},
		{64 << 8, "exit status 64 (EX_USAGE)"},
		{75 << 8, "exit status 75 (EX_TEMPFAIL)"},
		{78 << 8, "exit status 78 (EX_CONFIG)"},
		{79 << 8, "exit status 79"},
		{9, "signal 9 (SIGKILL)"},
		{11 | 0x80, "signal 11 (SIGSEGV)"},
	} {
		if got := (Status{c.wait}).String(); got != c.want {
			t.Errorf("%#x: got %q, want %q", int(c.wait), got, c.want)
		}
	}
}

// A program finds what the package comment promises, even if the thread that
// starts it has a signal blocked, others were inherited as ignored, and a
// descriptor is open for inheritance.
func TestSurroundings(t *testing.T) {
	fd, err := unix.Open("/dev/null", unix.O_RDONLY, 0) // without O_CLOEXEC
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for _, sig := range []int{int(unix.SIGTSTP), 32, 33, lastSignal} {
		if err := rtSigaction(sig, &sigaction{handler: sigIgn}, nil); err != nil {
			t.Fatal(err)
		}
	}
	g := newGroup(t, 0)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	block := unix.Sigset_t{}
	block.Val[0] = 1 << (unix.SIGUSR1 - 1)
	var old, after unix.Sigset_t
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &block, &old); err != nil {
		t.Fatal(err)
	}
	defer unix.PthreadSigmask(unix.SIG_SETMASK, &old, nil)

	status := Command{Path: "/bin/grep", Args: []string{"-E", "^Sig(Blk|Ign)", "/proc/self/status"}, OutputLimit: 255}
	signals := string(run(t, g, status).Output)
	if want := "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"; signals != want {
		t.Errorf("got %q, want %q", signals, want)
	}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, nil, &after); err != nil {
		t.Fatal(err)
	}
	if after != block {
		t.Errorf("the thread's signal mask was not restored")
	}

	cmd := sh(`pwd; tr '\0' ' ' </proc/$$/environ; echo; ls /proc/$$/fd; echo "$1|$2"`, "two words", "")
	cmd.Env = []string{"B=2", "A=1 x", "B=3"}
	got := string(run(t, g, cmd).Output)
	if want := "/\nB=2 A=1 x B=3 \n0\n1\n2\ntwo words|\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOwnProcessGroup(t *testing.T) {
	g := newGroup(t, 0)
	got := strings.Fields(string(run(t, g, sh(`cut -d' ' -f5 /proc/$$/stat; echo $$`)).Output))
	if len(got) != 2 || got[0] != got[1] {
		t.Errorf("group and process: %q", got)
	}
}

func TestArgvZeroAndEmptyEnvironment(t *testing.T) {
	g := newGroup(t, 0)
	res := run(t, g, sh(`tr '\0' '|' </proc/$$/cmdline; wc -c </proc/$$/environ`, "a"))
	if got, want := string(res.Output), `/bin/sh|-c|tr '\0' '|' </proc/$$/cmdline; wc -c </proc/$$/environ|sh|a|0`+"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCannotStart(t *testing.T) {
	g := newGroup(t, 0)
	dir := t.TempDir()
	plain, badInterpreter := filepath.Join(dir, "plain"), filepath.Join(dir, "bad")
	if err := os.WriteFile(plain, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(badInterpreter, []byte("#!/no/such/interpreter\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path string
		want error
	}{
		{"/no/such/program", fs.ErrNotExist},
		{"", fs.ErrNotExist},
		{"true", fs.ErrNotExist}, // no PATH search
		{dir, fs.ErrPermission},
		{plain, fs.ErrPermission},
		{badInterpreter, fs.ErrNotExist},
		{"/bin/sh\x00x", unix.EINVAL},
	} {
		_, err := g.Run(t.Context(), Command{Path: c.path}, []byte("message"))
		var start *StartError
		if !errors.As(err, &start) || start.Path != c.path || !errors.Is(err, c.want) {
			t.Errorf("%q: got error %v, want %v", c.path, err, c.want)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "exec "+c.path+": ") {
			t.Errorf("%q: error text %q", c.path, err)
		}
	}
	if res := run(t, g, Command{Path: "bin/sh", Args: []string{"-c", "exit 3"}}); res.Status.Code() != 3 {
		t.Errorf("relative path from /: %v", res.Status)
	}
}

// When descriptors run out, nothing that was opened on the way stays open.
func TestOutOfDescriptors(t *testing.T) {
	g := newGroup(t, 0)
	cmd := sh("exit 0")
	cmd.SplitStderr = true
	run(t, g, cmd) // Go's poller has opened its descriptors
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	defer unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 512, Max: limit.Max}); err != nil {
		t.Fatal(err)
	}
	const needed = 3*2 + 2 + 1 // three pipes, one for the error of exec, the pidfd
	for room := range needed + 1 {
		free := exhaust(t, room)
		_, err := g.Run(t.Context(), cmd)
		again := exhaust(t, 0)
		if room < needed && !errors.Is(err, unix.EMFILE) || room == needed && err != nil {
			t.Errorf("room for %d descriptors: got error %v", room, err)
		}
		if n := len(again.fds); n != room {
			t.Errorf("room for %d descriptors: only %d are free again", room, n)
		}
		again.close()
		free.close()
	}
}

// hoard is all the descriptors that the process may have.
type hoard struct{ fds []int }

// exhaust opens descriptors until only so many more can be opened.
func exhaust(t *testing.T, room int) (h hoard) {
	t.Helper()
	for {
		fd, err := unix.Open("/dev/null", unix.O_CLOEXEC, 0)
		if err == unix.EMFILE {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		h.fds = append(h.fds, fd)
	}
	for range room {
		last := len(h.fds) - 1
		unix.Close(h.fds[last])
		h.fds = h.fds[:last]
	}
	return h
}

func (h hoard) close() {
	for _, fd := range h.fds {
		unix.Close(fd)
	}
}

func TestKernelWithoutPidfd(t *testing.T) {
	if err := pollable(-1); err == nil || !strings.Contains(err.Error(), "Linux 5.4") {
		t.Errorf("got %v", err)
	}
	p, err := os.StartProcess("/bin/sleep", []string{"sleep", "100"}, &os.ProcAttr{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Release()
	abandon(p.Pid)
	if c := children(t); len(c) != 0 {
		t.Errorf("children left: %v", c)
	}
}

// Somebody else who takes away the exit status must not look like a success.
func TestStatusLost(t *testing.T) {
	c, err := newGroup(t, 0).start(&Command{Path: "/bin/sh", Args: []string{"-c", "exit 0"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.release()
	if _, err := unix.Wait4(c.pid, nil, 0, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.await(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(c.lost, unix.ECHILD) {
		t.Errorf("got %v, want ECHILD", c.lost)
	}
}

func TestParallel(t *testing.T) {
	g := newGroup(t, 0)
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			code := strconv.Itoa(i)
			res, err := g.Run(t.Context(), sh(`read x; echo "$x"; exit $1`, code), []byte("mail "), []byte(code+"\n"))
			if err != nil || res.Status.Code() != i || string(res.Output) != "mail "+code+"\n" {
				t.Errorf("%d: %v, %q, %v", i, res.Status, res.Output, err)
			}
		})
	}
	wg.Wait()
	if n := g.Running(); n != 0 {
		t.Errorf("%d still running", n)
	}
}
