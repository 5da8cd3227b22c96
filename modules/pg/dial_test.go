package pg

import (
	"io"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// owner returns the name of the user that the test server runs as.
func owner(t *testing.T) string {
	t.Helper()
	info, err := os.Stat(filepath.Join(server.Dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	u, err := user.LookupId(strconv.Itoa(int(info.Sys().(*syscall.Stat_t).Uid)))
	if err != nil {
		t.Fatal(err)
	}
	return u.Username
}

func TestKernelTimeouts(t *testing.T) {
	for params, want := range map[string][5]int{
		"": {1, 30, 10, 3, 60000},
		"keepalives_idle=7 keepalives_interval=2 keepalives_count=5 tcp_user_timeout=9000": {1, 7, 2, 5, 9000},
	} {
		p := openPool(t, server.TCPConnString("postgres", server.Port)+" "+params)
		c, err := p.acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := [5]int{
			option(t, c, unix.SOL_SOCKET, unix.SO_KEEPALIVE),
			option(t, c, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE),
			option(t, c, unix.IPPROTO_TCP, unix.TCP_KEEPINTVL),
			option(t, c, unix.IPPROTO_TCP, unix.TCP_KEEPCNT),
			option(t, c, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT),
		}
		if got != want {
			t.Errorf("%q: got %v, want %v", params, got, want)
		}
		p.release(c)
	}
	p := openPool(t, server.TCPConnString("postgres", server.Port)+" keepalives=0")
	c, err := p.acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if option(t, c, unix.SOL_SOCKET, unix.SO_KEEPALIVE) != 0 {
		t.Error("keepalives=0 is not heeded")
	}
	p.release(c)
}

// option returns a socket option of a connection.
func option(t *testing.T, c *conn, level, name int) int {
	t.Helper()
	raw, err := c.pg.Conn().(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var value int
	var optErr error
	if err := raw.Control(func(fd uintptr) { value, optErr = unix.GetsockoptInt(int(fd), level, name) }); err != nil || optErr != nil {
		t.Fatal(err, optErr)
	}
	return value
}

func TestRequirePeer(t *testing.T) {
	wrong := "nobody"
	if owner(t) == wrong {
		wrong = "root"
	}
	for _, name := range []string{wrong, "nosuch-user"} {
		p := openPool(t, server.ConnString("postgres")+" requirepeer="+name)
		if text := execError(t, p, "SELECT 1"); !strings.Contains(text, "requirepeer") {
			t.Errorf("%s: got %s", name, text)
		}
	}
}

// host=@name is an abstract socket.
func TestAbstractSocket(t *testing.T) {
	name := "@qrelay-pg-test-" + strconv.Itoa(os.Getpid())
	l, err := net.Listen("unix", name+"/.s.PGSQL.5432")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		client, err := l.Accept()
		if err != nil {
			return
		}
		relay(t, client)
	}()
	p := openPool(t, "host="+name+" port=5432 user=postgres sslmode=disable")
	exec(t, p, "SELECT 1")
	p.close()
	<-done
}

// relay connects client to the test server until either closes.
func relay(t *testing.T, client net.Conn) {
	target, err := net.Dial("unix", filepath.Join(server.Dir, ".s.PGSQL."+strconv.Itoa(server.Port)))
	if err != nil {
		t.Error(err)
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(target, client)
		target.Close()
	}()
	_, _ = io.Copy(client, target)
	client.Close()
	<-done
}
