package submit

import (
	"bufio"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"testing"

	"qrelay/runtime/qmqp"
)

// A fakeServer takes connections one after the other and does with each what
// the test says.
type fakeServer struct {
	address  string
	requests chan qmqp.Request
}

// serve starts a server that reads a whole request and writes raw as its answer.
func serve(t *testing.T, raw string) *fakeServer {
	s := &fakeServer{requests: make(chan qmqp.Request, 8)}
	s.address = listen(t, func(conn net.Conn) {
		request, err := readRequest(conn)
		if err != nil {
			t.Errorf("server: %v", err)
			return
		}
		s.requests <- request
		io.WriteString(conn, raw)
	})
	return s
}

// listen runs handle for each connection to the returned address.
func listen(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			handle(conn)
			conn.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return path
}

func readRequest(r io.Reader) (qmqp.Request, error) {
	br := bufio.NewReader(r)
	digits, err := br.ReadString(':')
	if err != nil {
		return qmqp.Request{}, err
	}
	size, err := strconv.Atoi(digits[:len(digits)-1])
	if err != nil {
		return qmqp.Request{}, err
	}
	frame := make([]byte, size+1)
	if _, err := io.ReadFull(br, frame); err != nil {
		return qmqp.Request{}, err
	}
	payload, err := qmqp.Payload(frame)
	if err != nil {
		return qmqp.Request{}, err
	}
	return qmqp.ParseRequest(payload)
}

// serveNothing reads until the client goes away and never answers.
func serveNothing(t *testing.T) string {
	return listen(t, func(conn net.Conn) { io.Copy(io.Discard, conn) })
}
