package pgtest

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// startTimeout bounds how long a server may take to accept connections.
const startTimeout = 30 * time.Second

// Options change how a server is set up. The zero value works.
type Options struct {
	// Settings are configuration parameters, as in postgresql.conf.
	Settings map[string]string
	// HBA are lines of pg_hba.conf that come before the ones that trust
	// everybody.
	HBA []string
	// Files are made in the directory of the data, which Settings may name:
	// certificates and keys.
	Files map[string]string
}

// A Server is a PostgreSQL server of the test's own. Its only role at first is
// the superuser "postgres". The methods may not be called concurrently.
type Server struct {
	// Dir holds the unix socket and the data.
	Dir string
	// Port is the TCP port on 127.0.0.1, and the number in the name of the
	// unix socket.
	Port int

	opts    Options
	program programs
	owner   account
	proc    *process // nil: not running
	names   int      // databases made so far
}

// Start starts a server that ends with the test. It fails the test if there
// is no PostgreSQL on this machine.
func Start(tb testing.TB, opts Options) *Server {
	tb.Helper()
	s, err := Open(opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// Open starts a server for callers that are no test, such as TestMain. The
// caller must Close it.
func Open(opts Options) (*Server, error) {
	program, err := findPrograms()
	if err != nil {
		return nil, err
	}
	owner, err := serverAccount()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pgtest-")
	if err != nil {
		return nil, err
	}
	s := &Server{Dir: dir, opts: opts, program: program, owner: owner}
	if err := s.create(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return s, nil
}

// create makes the cluster and starts it.
func (s *Server) create() error {
	if err := s.owner.ownDir(s.Dir); err != nil {
		return err
	}
	data := s.data()
	if err := s.run(s.program.initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"); err != nil {
		return err
	}
	if len(s.opts.HBA) > 0 {
		if err := s.prependHBA(); err != nil {
			return err
		}
	}
	for name, text := range s.opts.Files {
		if err := s.owner.write(filepath.Join(data, name), text); err != nil {
			return err
		}
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	s.Port = port
	return s.Start()
}

func (s *Server) data() string { return filepath.Join(s.Dir, "data") }

func (s *Server) prependHBA() error {
	path := filepath.Join(s.data(), "pg_hba.conf")
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lines := strings.Join(s.opts.HBA, "\n") + "\n"
	return os.WriteFile(path, append([]byte(lines), old...), 0o600)
}

// freePort returns a TCP port that nobody uses at the moment.
func freePort() (int, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Start starts the server again after Stop or Kill, and waits until it
// accepts connections.
func (s *Server) Start() error {
	args := []string{
		"-D", s.data(), "-k", s.Dir, "-p", strconv.Itoa(s.Port),
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "timezone=UTC", "-c", "max_connections=100",
	}
	for name, value := range s.opts.Settings {
		args = append(args, "-c", name+"="+value)
	}
	p, err := s.spawn(s.program.postgres, args...)
	if err != nil {
		return err
	}
	s.proc = p
	return p.awaitReady(s.ConnString("postgres"))
}

// awaitReady waits until a server accepts connections.
func (p *process) awaitReady(connString string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		conn, err := pgconn.Connect(ctx, connString)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended at start-up:\n%s", p.name, p.log())
		case <-ctx.Done():
			return fmt.Errorf("%s does not accept connections after %v: %w\n%s", p.name, startTimeout, err, p.log())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop shuts the server down; connections are cut off in the middle of what
// they do, and clients are told why.
func (s *Server) Stop() error { return s.end(syscall.SIGINT) }

// Kill ends the server as a crash would: at once, its sockets closed by the
// kernel or by children that notice.
func (s *Server) Kill() error { return s.end(syscall.SIGQUIT) }

func (s *Server) end(sig syscall.Signal) error {
	if s.proc == nil {
		return nil
	}
	err := s.proc.end(sig)
	s.proc = nil
	return err
}

// Close ends the server and removes its files.
func (s *Server) Close() error {
	err := s.end(syscall.SIGQUIT)
	if e := os.RemoveAll(s.Dir); err == nil {
		err = e
	}
	return err
}

// ConnString returns a connection string for a database, by unix socket.
func (s *Server) ConnString(database string) string {
	return fmt.Sprintf("host=%s port=%d user=postgres dbname=%s", s.Dir, s.Port, database)
}

// TCPConnString returns a connection string for a database, by TCP without
// TLS, at the given port (that of the server or of a [Proxy]).
func (s *Server) TCPConnString(database string, port int) string {
	return fmt.Sprintf("host=127.0.0.1 port=%d user=postgres dbname=%s sslmode=disable", port, database)
}

// Env returns the environment variables with which an empty connection string
// leads to the database "postgres" of this server.
func (s *Server) Env() map[string]string {
	return map[string]string{
		"PGHOST":     s.Dir,
		"PGPORT":     strconv.Itoa(s.Port),
		"PGUSER":     "postgres",
		"PGDATABASE": "postgres",
	}
}
