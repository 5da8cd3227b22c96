package pg

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// A fakeServer does what a real server will not do when asked to. script is
// run for each connection, and the connection closed when it returns.
type fakeServer struct {
	connString string
	listener   net.Listener
	wg         sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
}

func startFakeServer(t *testing.T, script func(b *fakeBackend)) *fakeServer {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &fakeServer{
		listener:   l,
		connString: fmt.Sprintf("host=127.0.0.1 port=%d user=u dbname=d sslmode=disable", l.Addr().(*net.TCPAddr).Port),
	}
	s.wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns = append(s.conns, conn)
			s.mu.Unlock()
			s.wg.Go(func() {
				defer conn.Close()
				script(&fakeBackend{Backend: pgproto3.NewBackend(conn, conn), conn: conn})
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		s.mu.Lock()
		for _, conn := range s.conns {
			conn.Close()
		}
		s.mu.Unlock()
		s.wg.Wait()
	})
	return s
}

// A fakeBackend is the server's side of one connection.
type fakeBackend struct {
	*pgproto3.Backend
	conn net.Conn
}

// send sends messages at once.
func (b *fakeBackend) send(messages ...pgproto3.BackendMessage) {
	for _, m := range messages {
		b.Send(m)
	}
	_ = b.Flush()
}

// greet lets the client in; false if it came for something else.
func (b *fakeBackend) greet() bool {
	m, err := b.ReceiveStartupMessage()
	if err != nil {
		return false
	}
	if _, ok := m.(*pgproto3.StartupMessage); !ok {
		return false
	}
	b.send(&pgproto3.AuthenticationOk{}, &pgproto3.BackendKeyData{ProcessID: 1, SecretKey: []byte{0, 0, 0, 1}}, &pgproto3.ReadyForQuery{TxStatus: 'I'})
	return true
}

// query waits for a query in the simple protocol.
func (b *fakeBackend) query() (string, error) {
	for {
		m, err := b.Receive()
		if err != nil {
			return "", err
		}
		switch m := m.(type) {
		case *pgproto3.Query:
			return m.String, nil
		case *pgproto3.Terminate:
			return "", errors.New("terminated")
		}
	}
}

// untilClosed waits until the client hangs up.
func (b *fakeBackend) untilClosed() {
	for {
		if _, err := b.conn.Read(make([]byte, 1024)); err != nil {
			return
		}
	}
}
