package sock

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// servePassed is the child of TestPassed: it answers once on every socket that
// it was given, with that socket's address.
func servePassed() int {
	listeners, err := Passed()
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	if again, err := Passed(); len(again) > 0 || err != nil {
		fmt.Println("passed twice:", again, err)
		return 1
	}
	for _, l := range listeners {
		c, err := l.Accept()
		if err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Fprint(c, l.Addr())
		c.Close()
		l.Close()
	}
	return 0
}

// passTo runs servePassed as a service manager would.
func passTo(t *testing.T, names string, files ...*os.File) (*exec.Cmd, *strings.Builder) {
	t.Helper()
	output := &strings.Builder{}
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0"`, os.Args[0])
	cmd.Env = append(os.Environ(), "SOCK_TEST_PASSED=1", fmt.Sprintf("LISTEN_FDS=%d", len(files)), "LISTEN_FDNAMES="+names)
	cmd.ExtraFiles = files
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, output
}

func TestPassed(t *testing.T) {
	path := t.TempDir() + "/s"
	local, tcp := listenOn(t, path), listenOn(t, "127.0.0.1:0")
	cmd, output := passTo(t, "mail:", local.file, tcp.file)
	for _, c := range []struct {
		l    *Listener
		want string
	}{
		{local, path + newSuffix}, // the name that was bound
		{tcp, tcp.Addr().String()},
	} {
		if got := string(readAll(t, dialTo(t, c.l))); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err, output)
	}
	if got := mode(t, path); got != openSocket {
		t.Errorf("the child removed the service manager's file: %v", got)
	}
}

func TestPassedNone(t *testing.T) {
	cmd, output := passTo(t, "")
	if err := cmd.Wait(); err != nil {
		t.Error(err, output)
	}
}

func TestPassedWrong(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	cmd, output := passTo(t, "mail:odd", listenOn(t, abstractName()).file, r)
	if err := cmd.Wait(); err == nil || !strings.Contains(output.String(), `passed socket "odd": it is not a socket`) {
		t.Error(err, output)
	}
}

func TestFromFileWrong(t *testing.T) {
	udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	datagram, err := udp.File()
	if err != nil {
		t.Fatal(err)
	}
	defer datagram.Close()
	a, b, err := socketPair()
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	defer b.Close()
	closed, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for _, c := range []struct {
		file *os.File
		want string
	}{
		{os.Stderr, "not a socket"},
		{datagram, "not a stream socket"},
		{a, "does not listen"},
		{closed, "closed"},
	} {
		before := openFiles(t)
		l, err := fromFile(c.file)
		if err == nil || l != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v; want %q", err, c.want)
		}
		if after := openFiles(t); after != before {
			t.Errorf("%s: %d files open before, %d after", c.want, before, after)
		}
	}
}

func socketPair() (a, b *os.File, err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	return os.NewFile(uintptr(pair[0]), "a"), os.NewFile(uintptr(pair[1]), "b"), nil
}
