package peer

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// clientEnv in the environment turns the test program into a client process.
// It carries out its arguments, says "ready" and waits for the end of stdin:
//
//	connect ADDRESS     connect to a unix socket
//	mount SOURCE POINT  mount a tmpfs
const clientEnv = "PEER_TEST_CLIENT"

func TestMain(m *testing.M) {
	if os.Getenv(clientEnv) != "" {
		if err := client(os.Args[1:]); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("ready")
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func client(args []string) error {
	for len(args) > 0 {
		switch args[0] {
		case "connect":
			if _, err := net.Dial("unix", args[1]); err != nil {
				return err
			}
			args = args[2:]
		case "mount":
			if err := unix.Mount(args[1], args[2], "tmpfs", 0, "size=64k"); err != nil {
				return err
			}
			args = args[3:]
		}
	}
	return nil
}

// process is a running client.
type process struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	once  sync.Once
}

// startClient starts a client and waits until it is ready. err is the client's
// word on why it cannot be.
func startClient(t *testing.T, attr *syscall.SysProcAttr, args ...string) (*process, error) {
	t.Helper()
	c := &process{cmd: exec.Command(os.Args[0], args...)}
	c.cmd.Env = append(os.Environ(), clientEnv+"=1", "GORACE=atexit_sleep_ms=0")
	c.cmd.SysProcAttr = attr
	var err error
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	t.Cleanup(c.exit)
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil || line != "ready\n" {
		return nil, fmt.Errorf("client: %q, %v", line, err)
	}
	return c, nil
}

// exit ends the client and reaps it.
func (c *process) exit() {
	c.once.Do(func() {
		c.stdin.Close()
		c.cmd.Wait()
	})
}

func mustStart(t *testing.T, args ...string) *process {
	t.Helper()
	c, err := startClient(t, nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// pidfd opens a process by number.
func pidfd(t *testing.T, pid int) int {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

// newPeer is a Peer of a process that certainly lives.
func newPeer(t *testing.T, pid int) *Peer {
	t.Helper()
	p := New(unix.Ucred{Pid: int32(pid)}, pidfd(t, pid), nil)
	t.Cleanup(func() { p.Close() })
	return p
}

// fails asks everything that is asked in /proc, and wants the same error.
func fails(t *testing.T, p *Peer, want error) {
	t.Helper()
	if c, err := p.Cgroup(&CgroupFS{}); !errors.Is(err, want) || c != nil {
		t.Errorf("Cgroup: got %v, %v, want %v", c, err, want)
	}
	if path, ok, err := p.ControllerPath("memory"); !errors.Is(err, want) || ok || path != "" {
		t.Errorf("ControllerPath: got %q, %v, %v, want %v", path, ok, err, want)
	}
	if m, err := p.MountInfo("/"); !errors.Is(err, want) || m != nil {
		t.Errorf("MountInfo: got %v, %v, want %v", m, err, want)
	}
}

// works asks everything that is asked in /proc of a living process.
func works(t *testing.T, p *Peer) {
	t.Helper()
	if _, err := p.Cgroup(&CgroupFS{}); err != nil {
		t.Errorf("Cgroup: %v", err)
	}
	if _, _, err := p.ControllerPath("memory"); err != nil {
		t.Errorf("ControllerPath: %v", err)
	}
	if m, err := p.MountInfo("/"); err != nil || m == nil {
		t.Errorf("MountInfo: %v, %v", m, err)
	}
}

// accept takes a client the way the daemon does.
func accept(t *testing.T, l *net.UnixListener) *Peer {
	t.Helper()
	conn, err := l.AcceptUnix()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var p *Peer
	raw.Control(func(fd uintptr) {
		cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
		if err != nil {
			t.Error(err)
			return
		}
		pidfd, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_PEERPIDFD)
		p = New(*cred, pidfd, err)
	})
	t.Cleanup(func() { p.Close() })
	return p
}

func listen(t *testing.T) (*net.UnixListener, string) {
	t.Helper()
	path := t.TempDir() + "/socket"
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, path
}

func TestLivingClient(t *testing.T) {
	l, path := listen(t)
	c := mustStart(t, "connect", path)
	p := accept(t, l)
	if p.PID != c.cmd.Process.Pid || int(p.UID) != os.Getuid() || int(p.GID) != os.Getgid() {
		t.Errorf("got pid %d uid %d gid %d", p.PID, p.UID, p.GID)
	}
	works(t, p)
	c.exit()
	fails(t, p, ErrExited)
	if p.PID != c.cmd.Process.Pid {
		t.Errorf("the credentials have changed")
	}
}

// The client has connected and is gone before the daemon comes to accept.
func TestClientExitedBeforeAccept(t *testing.T) {
	l, path := listen(t)
	c := mustStart(t, "connect", path)
	c.exit()
	p := accept(t, l)
	if p.PID != c.cmd.Process.Pid || int(p.UID) != os.Getuid() {
		t.Errorf("got pid %d uid %d", p.PID, p.UID)
	}
	fails(t, p, ErrExited)
}

// A process that has exited but was not reaped yet keeps its number, and its
// /proc files say something else than before.
func TestZombie(t *testing.T) {
	c := mustStart(t)
	p := newPeer(t, c.cmd.Process.Pid)
	if err := c.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, p.PID, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	fails(t, p, ErrExited)
}

// The number of a dead client belongs to a living process now: this one.
func TestReusedProcessID(t *testing.T) {
	c := mustStart(t)
	fd := pidfd(t, c.cmd.Process.Pid)
	c.exit()
	p := New(unix.Ucred{Pid: int32(os.Getpid())}, fd, nil)
	defer p.Close()
	fails(t, p, ErrExited)
}

// The client exits while it is being asked.
func TestExitDuringRead(t *testing.T) {
	c := mustStart(t)
	p := newPeer(t, c.cmd.Process.Pid)
	other := errors.New("what the read found")
	for _, found := range []error{nil, other} {
		if err := p.during(func() error { return found }); err != found {
			t.Errorf("living: got %v, want %v", err, found)
		}
	}
	err := p.during(func() error {
		c.exit()
		return nil
	})
	if err != ErrExited {
		t.Errorf("got %v, want ErrExited", err)
	}
}

func TestOlderKernel(t *testing.T) {
	c := mustStart(t)
	cred := unix.Ucred{Pid: int32(c.cmd.Process.Pid)}
	for _, err := range []error{nil, unix.ENOPROTOOPT, fmt.Errorf("getsockopt: %w", unix.ENOPROTOOPT)} {
		p := New(cred, -1, err)
		works(t, p)
		p.Close()
	}
	c.exit()
	p := New(cred, -1, unix.ENOPROTOOPT)
	defer p.Close()
	fails(t, p, ErrExited)
}

func TestNoPidfd(t *testing.T) {
	own := unix.Ucred{Pid: int32(os.Getpid())}
	for _, c := range []struct {
		cred      unix.Ucred
		err, want error
	}{
		{own, unix.ESRCH, ErrExited},
		{own, unix.EINVAL, ErrExited},
		{own, unix.EMFILE, unix.EMFILE},
		{unix.Ucred{}, nil, ErrInvisible},
		{unix.Ucred{}, unix.ENOPROTOOPT, ErrInvisible},
	} {
		p := New(c.cred, -1, c.err)
		fails(t, p, c.want)
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	p := New(unix.Ucred{}, pidfd(t, os.Getpid()), nil)
	fails(t, p, ErrInvisible)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestClose(t *testing.T) {
	fd := pidfd(t, os.Getpid())
	p := New(unix.Ucred{Pid: int32(os.Getpid()), Uid: 7, Gid: 8}, fd, nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				if _, err := p.Cgroup(&CgroupFS{}); err != nil {
					if !errors.Is(err, os.ErrClosed) {
						t.Errorf("got %v", err)
					}
					return
				}
			}
		})
	}
	for range 2 {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
	fails(t, p, os.ErrClosed)
	if p.PID != os.Getpid() || p.UID != 7 || p.GID != 8 {
		t.Errorf("the credentials are gone: %d %d %d", p.PID, p.UID, p.GID)
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != unix.EBADF {
		t.Errorf("the pidfd is still open: %v", err)
	}
}
