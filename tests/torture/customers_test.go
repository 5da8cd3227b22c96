package torture

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"qrelay/runtime/qmqp"
)

// A customer is how a client behaves.
type customer struct {
	name string
	// send sends a request. id is different each time.
	send func(conn *net.UnixConn, id int, request []byte)
	// waits tells whether the client wants its reply; otherwise it hangs up.
	waits bool
	// whole tells whether what it sends is a mail.
	whole bool
}

var customers = []customer{
	{"sends at once", func(c *net.UnixConn, _ int, r []byte) { c.Write(r) }, true, true},
	{"shuts down its side", func(c *net.UnixConn, _ int, r []byte) { c.Write(r); c.CloseWrite() }, true, true},
	{"sends by bytes", func(c *net.UnixConn, _ int, r []byte) { sendBytes(c, r, 300) }, true, true},
	{"sends in two parts", func(c *net.UnixConn, id int, r []byte) { n := someByte(id, r); c.Write(r[:n]); c.Write(r[n:]) }, true, true},
	{"is one of many", among, true, true},
	{"hangs up", func(c *net.UnixConn, _ int, r []byte) { c.Write(r) }, false, true},
	{"hangs up at a byte", func(c *net.UnixConn, id int, r []byte) { c.Write(r[:someByte(id, r)]) }, false, false},
	{"goes on after its request", func(c *net.UnixConn, _ int, r []byte) { c.Write(append(r, "hello"...)) }, true, false},
	{"sends garbage", func(c *net.UnixConn, id int, r []byte) { c.Write(garbage(id, r)) }, true, false},
}

// someByte is a place in a request, another one for each mail.
func someByte(id int, request []byte) int { return id * 7919 % len(request) }

// garbage is a request with one byte changed in a way that it is none: a digit
// of its length, or its end.
func garbage(id int, request []byte) []byte {
	bad := append([]byte(nil), request...)
	if id%2 == 0 {
		bad[0] = 'x'
	} else {
		bad[len(bad)-1] = 'x'
	}
	return bad
}

// sendBytes sends the first n bytes one by one.
func sendBytes(c io.Writer, request []byte, n int) {
	n = min(n, len(request))
	for i := range n {
		c.Write(request[i : i+1])
	}
	c.Write(request[n:])
}

// among opens more connections, says nothing on them, sends its request, and
// then closes them.
func among(c *net.UnixConn, _ int, request []byte) {
	for range 10 {
		if silent, err := net.Dial("unix", c.RemoteAddr().String()); err == nil {
			defer silent.Close()
		}
	}
	c.Write(request)
}

// buy is one exchange of a customer, which may take a time.
func (k *customer) buy(socket string, id int, request []byte, most time.Duration) (outcome, string) {
	dialed, err := net.Dial("unix", socket)
	if err != nil {
		return refused, err.Error()
	}
	conn := dialed.(*net.UnixConn)
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(most))
	var sending sync.WaitGroup
	defer sending.Wait()
	if !k.waits {
		k.send(conn, id, request)
		return unanswered, ""
	}
	sending.Go(func() { k.send(conn, id, request) }) // a refusal may come early
	reply, err := io.ReadAll(conn)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return open, "no reply in time"
	case err != nil && !errors.Is(err, syscall.ECONNRESET):
		return open, err.Error()
	case len(reply) == 0:
		return unanswered, ""
	}
	return oneReply(reply)
}

// oneReply reads what must be one response and nothing else.
func oneReply(reply []byte) (outcome, string) {
	size, rest, err := qmqp.ParseHeader(reply, 1<<20)
	if err != nil || int(size)+1 != len(rest) || rest[size] != ',' {
		return open, "not one reply: " + string(reply)
	}
	response, err := qmqp.ParseResponse(rest[:size])
	if err != nil {
		return open, err.Error()
	}
	return map[qmqp.Status]outcome{
		qmqp.StatusAccepted: accepted, qmqp.StatusDeferred: deferred, qmqp.StatusRejected: rejected,
	}[response.Status], response.String()
}
