package pgtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// stopTimeout bounds how long a server may take to shut down.
const stopTimeout = 30 * time.Second

// programs are the files of a PostgreSQL installation.
type programs struct {
	initdb, postgres string
}

// findPrograms looks where Debian puts the server, the newest version first,
// and then in PATH.
func findPrograms() (programs, error) {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	for _, dir := range dirs {
		p := programs{filepath.Join(dir, "initdb"), filepath.Join(dir, "postgres")}
		if executable(p.initdb) && executable(p.postgres) {
			return p, nil
		}
	}
	initdb, err := exec.LookPath("initdb")
	postgres, err2 := exec.LookPath("postgres")
	if err != nil || err2 != nil {
		return programs{}, errors.New("these tests need a PostgreSQL server: initdb and postgres are neither in /usr/lib/postgresql/*/bin nor in PATH; install the package postgresql (Debian: apt install postgresql)")
	}
	return programs{initdb, postgres}, nil
}

// Program returns the path of another program of the server's installation,
// such as pgbench.
func (s *Server) Program(name string) string {
	return filepath.Join(filepath.Dir(s.program.postgres), name)
}

// Installed returns nil if there is a PostgreSQL server on this machine, or an
// error that says what to install.
func Installed() error {
	_, err := findPrograms()
	return err
}

// version returns the version number in /usr/lib/postgresql/N/bin.
func version(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	return n
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&0o111 != 0
}

// An account is the system user that the server runs as.
type account struct {
	switching bool // it is not the current one
	uid, gid  uint32
}

// serverAccount returns the current user or, because PostgreSQL refuses to
// run as root, postgres or nobody instead of root.
func serverAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err == nil && err2 == nil {
			return account{true, uint32(uid), uint32(gid)}, nil
		}
	}
	return account{}, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody; run the tests as another user")
}

// ownDir gives a directory to the account. Others may pass through it to the
// unix socket.
func (a account) ownDir(dir string) error {
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	return a.own(dir)
}

// write makes a file that only the account may read.
func (a account) write(path, text string) error {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	return a.own(path)
}

func (a account) own(path string) error {
	if !a.switching {
		return nil
	}
	return os.Chown(path, int(a.uid), int(a.gid))
}

func (a account) credential() *syscall.Credential {
	if !a.switching {
		return nil
	}
	return &syscall.Credential{Uid: a.uid, Gid: a.gid}
}

// command prepares a program to run as the server's account.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = s.Dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner.credential()}
	return cmd
}

// run runs a program to its end.
func (s *Server) run(name string, args ...string) error {
	out, err := s.command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}

// A process is a running server.
type process struct {
	name    string
	pid     int
	logPath string
	done    chan struct{} // closed when it has ended
}

// spawn starts a server that writes to a log of its name in s.Dir. Should the
// tests die, the kernel ends it: for that the thread that started it must live
// as long as the server.
func (s *Server) spawn(program string, args ...string) (*process, error) {
	name := filepath.Base(program)
	p := &process{name: name, logPath: filepath.Join(s.Dir, name+".log"), done: make(chan struct{})}
	log, err := os.OpenFile(p.logPath, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := s.command(program, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT

	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		if err == nil {
			p.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ends is up to the signal that was sent
		}
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// end sends the signal and waits; a server that does not obey is killed.
func (p *process) end(sig syscall.Signal) error {
	_ = syscall.Kill(p.pid, sig) // fails if it has ended already
	select {
	case <-p.done:
		return nil
	case <-time.After(stopTimeout):
		_ = syscall.Kill(p.pid, syscall.SIGKILL)
		<-p.done
		return fmt.Errorf("%s did not end within %v of signal %v and was killed", p.name, stopTimeout, sig)
	}
}

// log returns what the server has written.
func (p *process) log() string {
	text, err := os.ReadFile(p.logPath)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
