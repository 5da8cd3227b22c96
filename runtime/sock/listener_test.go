package sock

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestCloseEndsAccept(t *testing.T) {
	for name, addr := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			l := listenOn(t, addr)
			started, failed := make(chan struct{}), make(chan error, 2)
			for range 2 {
				go func() {
					started <- struct{}{}
					_, err := l.Accept()
					failed <- err
				}()
				<-started
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
			for range 2 {
				if err := <-failed; err != net.ErrClosed {
					t.Error(err)
				}
			}
			if _, err := l.Accept(); err != net.ErrClosed {
				t.Error("later:", err)
			}
			if err := l.Close(); err != net.ErrClosed {
				t.Error("second Close:", err)
			}
		})
	}
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

const openSocket = fs.ModeSocket | 0o666

func TestSocketFile(t *testing.T) {
	path := t.TempDir() + "/s"
	l := listenOn(t, path)
	if got := mode(t, path); got != openSocket {
		t.Errorf("mode %v", got)
	}
	l.Close()
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Close: %v", err)
	}
}

func TestSocketFileReplaces(t *testing.T) {
	dir := t.TempDir()
	path := dir + "/s"
	for what, create := range map[string]func() error{
		"plain file": func() error { return os.WriteFile(path, nil, 0o600) },
		"link":       func() error { return os.Symlink(dir+"/nothing", path) },
		"socket": func() error {
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
			if err == nil {
				l.SetUnlinkOnClose(false)
				l.Close()
			}
			return err
		},
	} {
		if err := create(); err != nil {
			t.Fatal(err)
		}
		l := listenOn(t, path)
		if got := mode(t, path); got != openSocket {
			t.Errorf("%s: mode %v", what, got)
		}
		dialTo(t, l)
		l.Close()
	}
}

func TestSocketFileTakenOver(t *testing.T) {
	path := t.TempDir() + "/s"
	first, second := listenOn(t, path), listenOn(t, path)
	if first.Replaced() || !second.Replaced() {
		t.Errorf("replaced: first %v, second %v", first.Replaced(), second.Replaced())
	}
	client, err := Dial(t.Context(), second.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	acceptFrom(t, second)
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if got := mode(t, path); got != openSocket {
		t.Errorf("the first one's end left %v", got)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Errorf("file gone before: %v", err)
	}
}

// A listener that takes over from another leaves no moment in which a client is
// refused, and the file that is there can be connected to from the first. The
// others go on listening, for a client may have found the file just before.
func TestSocketFileWithoutGap(t *testing.T) {
	path := t.TempDir() + "/s"
	listenOn(t, path)
	done, failed := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			conn, err := net.Dial("unix", path)
			if err != nil {
				failed <- err
				return
			}
			conn.Close()
			select {
			case <-done:
				failed <- nil
				return
			default:
			}
		}
	}()
	for range 300 {
		listenOn(t, path)
	}
	close(done)
	if err := <-failed; err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(path + "?*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// What a crash has left under the name of a socket that is not ready is
// replaced.
func TestSocketFileNotReady(t *testing.T) {
	path := t.TempDir() + "/s"
	if err := os.WriteFile(path+newSuffix, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dialTo(t, listenOn(t, path))
	if _, err := os.Lstat(path + newSuffix); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left behind: %v", err)
	}
}

// Whoever puts something else in the place of a socket does not get its mode
// changed.
func TestSetModeOfSocketsOnly(t *testing.T) {
	dir := t.TempDir()
	secret, link := dir+"/secret", dir+"/link"
	if err := os.WriteFile(secret, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{secret, link, dir} {
		if err := SetMode(path, 0o666); err != errReplaced {
			t.Errorf("%s: %v", path, err)
		}
	}
	if got := mode(t, secret); got != 0o600 {
		t.Errorf("mode %v", got)
	}
}

func TestSocketFileRelative(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	l := listenOn(t, "rel.sock")
	t.Chdir("/")
	if got := mode(t, dir+"/rel.sock"); got != openSocket {
		t.Errorf("mode %v", got)
	}
	l.Close()
	if _, err := os.Lstat(dir + "/rel.sock"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Close: %v", err)
	}
}

func TestLongestNames(t *testing.T) {
	dir := t.TempDir()
	for _, s := range []string{
		dir + "/" + strings.Repeat("x", 106-len(dir)),
		abstractName() + strings.Repeat("x", 108-len(abstractName())),
	} {
		l := listenOn(t, s)
		if l.Addr().String() != s {
			t.Errorf("listens on %q, not %q", l.Addr(), s)
		}
		dialTo(t, l)
	}
}

func TestListenFails(t *testing.T) {
	dir := t.TempDir()
	before := openFiles(t)
	taken := listenOn(t, abstractName())
	port := listenOn(t, "127.0.0.1:0")
	for _, c := range []struct {
		addr string
		want error
	}{
		{dir, unix.EISDIR},
		{dir + "/no/such/s", unix.ENOENT},
		{taken.Addr().String(), unix.EADDRINUSE},
		{port.Addr().String(), unix.EADDRINUSE},
		{"203.0.113.1:0", unix.EADDRNOTAVAIL},
	} {
		l, err := Listen(parse(t, c.addr))
		if l != nil || !errors.Is(err, c.want) || !strings.HasPrefix(err.Error(), "listen "+c.addr+": ") {
			t.Errorf("%s: %v", c.addr, err)
		}
	}
	if after := openFiles(t); after != before+2 {
		t.Errorf("%d files open before, %d after", before, after)
	}
	if entries, _ := filepath.Glob(dir + "/*"); len(entries) > 0 {
		t.Errorf("left behind: %v", entries)
	}
}

// A restarted daemon gets its port although connections of the first are
// still being forgotten.
func TestPortAgain(t *testing.T) {
	l := listenOn(t, "127.0.0.1:0")
	client, server := dialTo(t, l), acceptFrom(t, l)
	server.Close() // this end closes first and stays in TIME_WAIT
	readAll(t, client)
	client.Close()
	l.Close()
	listenOn(t, l.Addr().String())
}

func TestAcceptedOptions(t *testing.T) {
	client, server := connect(t, "127.0.0.1:0")
	for _, c := range []*Conn{client, server} {
		if on, err := unix.GetsockoptInt(c.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY); on != 1 || err != nil {
			t.Errorf("TCP_NODELAY %d, %v", on, err)
		}
	}
	if on, err := unix.GetsockoptInt(server.fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE); on != 1 || err != nil {
		t.Errorf("SO_KEEPALIVE %d, %v", on, err)
	}
	for _, c := range []*Conn{client, server} {
		if flags, err := unix.FcntlInt(uintptr(c.fd), unix.F_GETFD, 0); flags&unix.FD_CLOEXEC == 0 || err != nil {
			t.Errorf("flags %x, %v", flags, err)
		}
	}
}
