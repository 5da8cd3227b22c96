package relay

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	command "os/exec"
	"syscall"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// clientEnv in the environment turns the test program into a client process:
// it connects to the socket that the variable names, sends the beginning of a
// request, and says "ready". What it reads on its standard input is the rest.
// It prints the reply. If descriptor 3 is a socket it passes the connection to
// it and exits instead. With the argument "exec" it becomes another user and
// another program once it has connected.
const clientEnv = "RELAY_TEST_CLIENT"

func TestMain(m *testing.M) {
	if addr := os.Getenv(clientEnv); addr != "" {
		if err := beClient(addr); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func beClient(addr string) error {
	conn, err := net.Dial("unix", addr)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(conn, aRequest[:10]); err != nil {
		return err
	}
	if len(os.Args) > 1 && os.Args[1] == "pass" {
		file, err := conn.(*net.UnixConn).File()
		if err != nil {
			return err
		}
		return unix.Sendmsg(3, []byte("x"), unix.UnixRights(int(file.Fd())), nil, 0)
	}
	if len(os.Args) > 1 && os.Args[1] == "exec" {
		return becomeAnother(conn.(*net.UnixConn))
	}
	fmt.Println("ready")
	if _, err := io.Copy(conn, os.Stdin); err != nil {
		return err
	}
	_, err = io.Copy(os.Stdout, conn)
	return err
}

// becomeAnother executes a shell that goes on with the connection. It returns
// only if it fails.
func becomeAnother(conn *net.UnixConn) error {
	file, err := conn.File()
	if err != nil {
		return err
	}
	if err := syscall.Setuid(otherUser); err != nil {
		return err
	}
	if err := unix.Dup2(int(file.Fd()), 3); err != nil { // whatever Go needs it for, this is the end of it
		return err
	}
	if _, err := unix.FcntlInt(3, unix.F_SETFD, 0); err != nil {
		return err
	}
	return syscall.Exec("/bin/sh", []string{"sh", "-c", "echo ready; cat >&3; cat <&3"}, nil)
}

// A clientProcess is a client that is a process of its own.
type clientProcess struct {
	t   testing.TB
	cmd *command.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// startClient starts a client process; at the end of the test it is gone.
func startClient(t testing.TB, addr string, args ...string) *clientProcess {
	t.Helper()
	p := &clientProcess{t: t, cmd: clientCommand(addr, args...)}
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewReader(out)
	t.Cleanup(func() {
		p.in.Close()
		p.cmd.Process.Kill()
		p.cmd.Wait()
	})
	if line, err := p.out.ReadString('\n'); line != "ready\n" {
		t.Fatalf("client: %q, %v", line, err)
	}
	return p
}

func clientCommand(addr string, args ...string) *command.Cmd {
	cmd := command.Command("/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), clientEnv+"="+addr, "GORACE=atexit_sleep_ms=0")
	return cmd
}

// finish sends the rest of the request and returns the reply, framed.
func (p *clientProcess) finish() string {
	p.t.Helper()
	if _, err := io.WriteString(p.in, aRequest[10:]); err != nil {
		p.t.Fatal(err)
	}
	p.in.Close()
	reply, err := io.ReadAll(p.out)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(reply)
}

// orphaned returns a connection whose process has ended, with the beginning of
// a request sent, and the number of that process.
func orphaned(t testing.TB, addr string) (conn net.Conn, pid int) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "ours"), os.NewFile(uintptr(pair[1]), "theirs")
	defer ours.Close()
	cmd := clientCommand(addr, "pass")
	cmd.ExtraFiles = []*os.File{theirs}
	out, err := cmd.CombinedOutput()
	theirs.Close()
	if err != nil {
		t.Fatalf("client: %v: %s", err, out)
	}
	passed := os.NewFile(uintptr(received(t, pair[0])), "passed")
	defer passed.Close()
	if conn, err = net.FileConn(passed); err != nil {
		t.Fatal(err)
	}
	return conn, cmd.Process.Pid
}

// received takes the descriptor that was passed over a socket.
func received(t testing.TB, socket int) int {
	t.Helper()
	control := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(socket, make([]byte, 1), control, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := syscall.ParseSocketControlMessage(control[:n])
	if err != nil || len(messages) != 1 {
		t.Fatalf("%d control messages, %v", len(messages), err)
	}
	fds, err := syscall.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		t.Fatalf("%d descriptors, %v", len(fds), err)
	}
	return fds[0]
}
