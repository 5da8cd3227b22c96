package sock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"qrelay/runtime/address"
)

func TestPeerCred(t *testing.T) {
	for _, addr := range []string{t.TempDir() + "/s", abstractName()} {
		_, server := connect(t, addr)
		cred, err := server.PeerCred()
		want := unix.Ucred{Pid: int32(os.Getpid()), Uid: uint32(os.Getuid()), Gid: uint32(os.Getgid())}
		if err != nil || cred != want {
			t.Errorf("%s: %v, %v", addr, cred, err)
		}
	}
}

func TestPeerPidFD(t *testing.T) {
	_, server := connect(t, abstractName())
	fd, err := server.PeerPidFD()
	if errors.Is(err, unix.ENOPROTOOPT) {
		return // before Linux 6.5, where this error is the right one
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	info, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", fd))
	if err != nil || !strings.Contains(string(info), fmt.Sprintf("Pid:\t%d\n", os.Getpid())) {
		t.Errorf("%s, %v", info, err)
	}
}

func TestPeerOverTCP(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0"} {
		_, server := connect(t, addr)
		if cred, err := server.PeerCred(); err != ErrNoPeerProcess {
			t.Errorf("PeerCred: %v, %v", cred, err)
		}
		if fd, err := server.PeerPidFD(); fd != -1 || !errors.Is(err, ErrNoPeerProcess) {
			t.Errorf("PeerPidFD: %d, %v", fd, err)
		}
	}
}

// A client that has ended and been waited for keeps its number in PeerCred;
// its pidfd either says that it is gone or is refused.
func TestPeerDead(t *testing.T) {
	l := listenOn(t, t.TempDir()+"/s")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "SOCK_TEST_CONNECT="+l.Addr().String())
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	server := acceptFrom(t, l)
	if cred, err := server.PeerCred(); err != nil || int(cred.Pid) != cmd.Process.Pid {
		t.Errorf("%v, %v; want pid %d", cred, err, cmd.Process.Pid)
	}
	fd, err := server.PeerPidFD()
	if err != nil {
		if !errors.Is(err, ErrNoPeerProcess) {
			t.Error(err)
		}
		return
	}
	defer unix.Close(fd)
	if err := unix.PidfdSendSignal(fd, 0, nil, 0); err != unix.ESRCH {
		t.Errorf("the pidfd stands for a living process: %v", err)
	}
}

// connectOnce is the child of TestPeerDead.
func connectOnce(addr string) int {
	a, err := address.Parse(addr, 0)
	if err == nil {
		_, err = Dial(context.Background(), a)
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}
