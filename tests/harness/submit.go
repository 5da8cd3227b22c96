package harness

import (
	"net"
	"strings"
	"testing"
	"time"

	"qrelay/runtime/qmqp"
)

// Submit hands a mail to a QMQP server at a socket path and returns its answer.
func Submit(t testing.TB, address, message, sender string, recipients ...string) qmqp.Response {
	t.Helper()
	conn, err := net.Dial("unix", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := qmqp.WriteRequest(conn, strings.NewReader(message), int64(len(message)), sender, recipients); err != nil {
		t.Fatal(err)
	}
	response, err := qmqp.ReadResponse(conn)
	if err != nil {
		t.Fatal(err)
	}
	return response
}
