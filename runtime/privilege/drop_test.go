package privilege

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func scenarios() map[string]scenario {
	return map[string]scenario{
		"drop":        dropScenario,
		"status":      func() error { return checkStatus(relayStatus()) },
		"twice":       twiceScenario,
		"refused":     refusedScenario,
		"inheritable": inheritableScenario,
		"kept":        keptScenario,
		"stranger":    strangerScenario,
		"stay":        stayScenario,
	}
}

func relayStatus() map[string]string { return statusOf(4711, 4712, 4712, 4713, 4714) }

func TestDrop(t *testing.T) { asRoot(t, "drop", syscall.SysProcAttr{}) }

// dropScenario drops in the midst of threads, and tries what must not work
// any more and what must go on.
func dropScenario() error {
	l, err := listenPrivileged()
	if err != nil {
		return err
	}
	defer l.Close()
	threads := startThreads(5)
	if err := errors.Join(useOwnUsers(), Drop("relay"), checkStatus(relayStatus())); err != nil {
		return err
	}
	if err := threads.each(tryToGoBack); err != nil {
		return err
	}
	if _, err := os.ReadFile("secret"); !errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("reading a file of root's: %v", err)
	}
	return errors.Join(startThreads(3).each(tryToGoBack), talk(l), runProgram())
}

// listenPrivileged listens on a port that only root may listen on.
func listenPrivileged() (l net.Listener, err error) {
	for port := 1023; port > 511; port-- {
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return l, nil
		}
	}
	return nil, err
}

// talk checks that a listener takes connections.
func talk(l net.Listener) error {
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return err
	}
	defer client.Close()
	server, err := l.Accept()
	if err != nil {
		return err
	}
	_, err = io.WriteString(server, "hello")
	if err = errors.Join(err, server.Close()); err != nil {
		return err
	}
	text, err := io.ReadAll(client)
	if string(text) != "hello" {
		return fmt.Errorf("got %q, %v", text, err)
	}
	return nil
}

// tryToGoBack tries to become root or somebody else again.
func tryToGoBack() error {
	for name, call := range map[string]func() error{
		"setresuid(0, 0, 0)":   func() error { return unix.Setresuid(0, 0, 0) },
		"setresuid(-1, 0, -1)": func() error { return unix.Setresuid(-1, 0, -1) },
		"setresgid(0, 0, 0)":   func() error { return unix.Setresgid(0, 0, 0) },
		"setgroups(0)":         func() error { return unix.Setgroups([]int{0}) },
		"chroot":               func() error { return unix.Chroot("/") },
	} {
		if err := call(); err != unix.EPERM {
			return fmt.Errorf("%s: %v", name, err)
		}
	}
	return nil
}

// runProgram starts a program and has it look at itself.
func runProgram() error {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{scenarioVariable + "=status", "GORACE=atexit_sleep_ms=0"}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("in a program: %w: %s", err, out)
	}
	return nil
}

// threads are goroutines with a thread each.
type threads []chan func() error

func startThreads(n int) threads {
	all := make(threads, n)
	var started sync.WaitGroup
	for i := range all {
		started.Add(1)
		all[i] = make(chan func() error)
		go func() {
			runtime.LockOSThread()
			started.Done()
			for call := range all[i] {
				call()
			}
		}()
	}
	started.Wait()
	return all
}

// each calls fn in each thread, and ends them.
func (all threads) each(fn func() error) error {
	errs := make(chan error, len(all))
	for _, thread := range all {
		thread <- func() error { errs <- fn(); return nil }
		close(thread)
	}
	var joined error
	for range all {
		joined = errors.Join(joined, <-errs)
	}
	return joined
}

func TestDropTwice(t *testing.T) { asRoot(t, "twice", syscall.SysProcAttr{}) }

func twiceScenario() error {
	if err := errors.Join(useOwnUsers(), Drop("alone"), Drop("alone")); err != nil {
		return err
	}
	if err := Drop("relay"); !errors.Is(err, unix.EPERM) || !strings.Contains(err.Error(), "only root") {
		return fmt.Errorf("a user becomes another: %v", err)
	}
	return checkStatus(statusOf(4720, 4720, 4720))
}

func TestRefused(t *testing.T) { asRoot(t, "refused", syscall.SysProcAttr{}) }

// refusedScenario asks for users that cannot be; the process stays what it is.
func refusedScenario() error {
	if err := useOwnUsers(); err != nil {
		return err
	}
	for name, want := range map[string]string{
		"root":    `user "root" has user id 0, which is root`,
		"toor":    `user "toor" has user id 0, which is root`,
		"no-such": `there is no user "no-such"`,
		"4711":    `there is no user "4711"`,
		"":        `there is no user ""`,
		"broken":  `user "broken": "4294967295" is no id of a user or group`,
	} {
		if err := Drop(name); err == nil || err.Error() != want {
			return fmt.Errorf("%q: got the error %v, want %q", name, err, want)
		}
	}
	return checkStatus(map[string]string{"Uid": "0 0 0 0", "Gid": "0 0 0 0"})
}

// Inheritable and ambient capabilities survive a change of the user id.
func TestInheritable(t *testing.T) {
	asRoot(t, "inheritable", syscall.SysProcAttr{AmbientCaps: []uintptr{unix.CAP_NET_BIND_SERVICE}})
}

func inheritableScenario() error {
	if err := useOwnUsers(); err != nil {
		return err
	}
	return expectNoneLeft(Drop("relay"), "inheritable 0x400")
}

// expectNoneLeft checks that Drop has cleared the capabilities or, with cgo,
// refuses to go on with what is left.
func expectNoneLeft(err error, left string) error {
	if !withCgo {
		return errors.Join(err, checkStatus(relayStatus()))
	}
	if err == nil || !strings.Contains(err.Error(), "capabilities left: ") || !strings.Contains(err.Error(), left) {
		return fmt.Errorf("got the error %v", err)
	}
	return nil
}

// A service manager can make the kernel keep the capabilities (securebits).
func TestKept(t *testing.T) { asRoot(t, "kept", syscall.SysProcAttr{}) }

func keptScenario() error {
	if err := useOwnUsers(); err != nil {
		return err
	}
	const noSetuidFixup = 1 << 2 // SECBIT_NO_SETUID_FIXUP of capabilities(7)
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_SECUREBITS, noSetuidFixup, 0, 0, 0); err != nil {
		return err
	}
	return expectNoneLeft(Drop("relay"), "permitted 0x")
}

// Whoever is not root cannot become another, and can stay what he is.
func TestWithoutRoot(t *testing.T) {
	if os.Getuid() == 0 {
		asRoot(t, "stranger", syscall.SysProcAttr{})
		return
	}
	runScenario(t, "stay", "", nil)
}

func strangerScenario() error {
	if err := useOwnUsers(); err != nil {
		return err
	}
	if err := syscall.Setresuid(4720, 4720, 4720); err != nil {
		return err
	}
	if err := Drop("relay"); !errors.Is(err, unix.EPERM) {
		return fmt.Errorf("became another: %v", err)
	}
	return nil
}

func stayScenario() error {
	u, err := user.Current()
	if err != nil {
		return err
	}
	if err := Drop("root"); err == nil {
		return errors.New("became root")
	}
	return Drop(u.Username)
}
