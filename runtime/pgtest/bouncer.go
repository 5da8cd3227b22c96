package pgtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// A Bouncer is a PgBouncer, the usual connection pooler, in front of a server.
type Bouncer struct {
	// Port is where it listens on 127.0.0.1.
	Port int
}

// NewBouncer starts a PgBouncer that ends with the test. mode is its
// pool_mode: session, transaction or statement. For each database it makes up
// to two connections to the server, when both are needed, and then uses them
// in turn: consecutive statements reach different server processes, where the
// mode allows that.
func NewBouncer(tb testing.TB, s *Server, mode string) *Bouncer {
	tb.Helper()
	port, err := freePort()
	if err != nil {
		tb.Fatal(err)
	}
	p, err := s.startBouncer(mode, port)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := p.end(syscall.SIGTERM); err != nil {
			tb.Error(err)
		}
	})
	return &Bouncer{port}
}

const bouncerConfig = `[databases]
* = host=%s port=%d
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = trust
auth_file = %s
pool_mode = %s
default_pool_size = 2
server_round_robin = 1
`

func (s *Server) startBouncer(mode string, port int) (*process, error) {
	program, err := findBouncer()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(s.Dir, "bouncer-")
	if err != nil {
		return nil, err
	}
	if err := s.owner.ownDir(dir); err != nil {
		return nil, err
	}
	users, config := filepath.Join(dir, "users"), filepath.Join(dir, "config")
	if err := s.owner.write(users, `"postgres" ""`+"\n"); err != nil {
		return nil, err
	}
	if err := s.owner.write(config, fmt.Sprintf(bouncerConfig, s.Dir, s.Port, port, users, mode)); err != nil {
		return nil, err
	}
	p, err := s.spawn(program, config)
	if err != nil {
		return nil, err
	}
	if err := p.awaitReady(s.TCPConnString("postgres", port)); err != nil {
		return nil, errors.Join(err, p.end(syscall.SIGTERM))
	}
	return p, nil
}

// findBouncer looks where Debian puts it, too, which is not in everybody's
// PATH.
func findBouncer() (string, error) {
	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("this test needs PgBouncer: install the package pgbouncer (Debian: apt install pgbouncer)")
}
