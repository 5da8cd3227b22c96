package relay

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"qrelay/runtime/qmqp"
)

// patience is how long a test waits for anything.
const patience = 20 * time.Second

// request returns a whole QMQP request.
func request(message, sender string, recipients ...string) string {
	head, tail := qmqp.AppendRequest(nil, nil, nil, int64(len(message)), sender, recipients)
	return string(head) + message + string(tail)
}

// mailFrom returns a request that differs from others in its sender alone.
func mailFrom(sender string) string {
	return request("Subject: test\n\nhello\n", sender, "rcpt@example.org")
}

// netstring returns the netstring of all parts together.
func netstring(parts ...string) string {
	return string(qmqp.AppendNetstring(nil, strings.Join(parts, "")))
}

// A client is one connection to a server.
type client struct {
	t testing.TB
	net.Conn
}

// dial connects to {sock}.
func (b *bed) dial() *client {
	b.t.Helper()
	return dialTo(b.t, "unix", b.path())
}

func dialTo(t testing.TB, network, address string) *client {
	t.Helper()
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return &client{t, conn}
}

// send sends bytes, which the server need not read.
func (c *client) send(s string) {
	c.t.Helper()
	_, err := io.WriteString(c, s)
	if err != nil && !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
		c.t.Fatal(err)
	}
}

// closeWrite tells the server that nothing more comes.
func (c *client) closeWrite() {
	c.t.Helper()
	if err := c.Conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		c.t.Fatal(err)
	}
}

// reply reads to the end and returns the payload of the one netstring that
// came, "" if the connection was closed without a reply.
func (c *client) reply() string {
	c.t.Helper()
	all, err := io.ReadAll(c)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		c.t.Fatalf("waiting for the reply: %v, got %q so far", err, all)
	}
	c.Close()
	if len(all) == 0 {
		return ""
	}
	size, rest, err := qmqp.ParseHeader(all, 1<<20)
	if err != nil || int(size)+1 != len(rest) || !bytes.ContainsAny(rest[:1], "KZD") || rest[size] != ',' {
		c.t.Errorf("the reply is not one response: %q", all)
	}
	return string(rest[:len(rest)-1])
}

// exchange sends a request and returns the reply.
func (c *client) exchange(request string) string {
	c.t.Helper()
	c.send(request)
	return c.reply()
}
