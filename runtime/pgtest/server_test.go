package pgtest_test

import (
	"context"
	"io"
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"qrelay/runtime/pgtest"
)

func connect(t *testing.T, connString string) *pgconn.PgConn {
	t.Helper()
	conn, err := pgconn.Connect(t.Context(), connString)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func TestServer(t *testing.T) {
	s := pgtest.Start(t, pgtest.Options{
		Settings: map[string]string{"work_mem": "7MB"},
		HBA:      []string{"host all nobody 127.0.0.1/32 reject"},
	})
	db := s.NewDatabase(t)

	t.Run("sql", func(t *testing.T) {
		got := s.SQL(t, db, "CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'), (2, 'y'); SELECT * FROM t ORDER BY a")
		if want := "1|x\n2|y"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := s.SQL(t, db, "SHOW work_mem"); got != "7MB" {
			t.Errorf("work_mem is %q", got)
		}
		if _, err := s.Query(db, "SELECT * FROM nosuch"); err == nil {
			t.Error("no error from a bad statement")
		}
	})

	t.Run("tcp and hba", func(t *testing.T) {
		connect(t, s.TCPConnString(db, s.Port))
		if _, err := pgconn.Connect(t.Context(), s.TCPConnString(db, s.Port)+" user=nobody"); err == nil {
			t.Error("pg_hba.conf was not heeded")
		}
	})

	t.Run("environment", func(t *testing.T) {
		for name, value := range s.Env() {
			t.Setenv(name, value)
		}
		connect(t, "")
	})

	t.Run("terminate", func(t *testing.T) {
		conn := connect(t, s.ConnString(db))
		if err := conn.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := s.Terminate(t, db, "-- ping"); n != 1 {
			t.Errorf("%d connections terminated, want 1", n)
		}
		if err := conn.Ping(t.Context()); err == nil {
			t.Error("the connection still works")
		}
	})

	t.Run("stop and start", func(t *testing.T) {
		for _, end := range []func() error{s.Stop, s.Kill} {
			if err := end(); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Query(db, "SELECT 1"); err == nil {
				t.Fatal("the server answers after its end")
			}
			if err := s.Start(); err != nil {
				t.Fatal(err)
			}
			if got := s.SQL(t, db, "SELECT count(*) FROM t"); got != "2" {
				t.Errorf("count is %q after a restart", got)
			}
		}
	})
}

func TestCloseRemovesFiles(t *testing.T) {
	s, err := pgtest.Open(pgtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.Dir); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", s.Dir, err)
	}
	if _, err := net.Dial("tcp4", "127.0.0.1:"+strconv.Itoa(s.Port)); err == nil {
		t.Error("somebody still listens")
	}
}

func TestBadSettingIsReported(t *testing.T) {
	s, err := pgtest.Open(pgtest.Options{Settings: map[string]string{"nosuch": "1"}})
	if err == nil {
		s.Close()
		t.Fatal("no error")
	}
}

func TestProxy(t *testing.T) {
	s := pgtest.Start(t, pgtest.Options{})
	const delay = 20 * time.Millisecond
	p := pgtest.NewProxy(t, s, delay)
	conn := connect(t, s.TCPConnString("postgres", p.Port))

	start := time.Now()
	if err := conn.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < delay {
		t.Errorf("a round trip took %v, want at least %v", took, delay)
	}

	p.Freeze()
	answered := make(chan error)
	go func() { answered <- conn.Ping(context.Background()) }()
	select {
	case err := <-answered:
		t.Fatalf("answered while frozen: %v", err)
	case <-time.After(3 * delay):
	}
	p.Thaw()
	if err := <-answered; err != nil {
		t.Fatal(err)
	}

	p.Cut()
	if _, err := conn.Conn().Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
		t.Errorf("after Cut: %v, want %v or a reset", err, io.EOF)
	}
}
