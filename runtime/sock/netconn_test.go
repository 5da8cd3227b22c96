package sock

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// netPair returns a NetConn and its peer, by TCP or by unix socket.
func netPair(t *testing.T, network string) (*NetConn, net.Conn) {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		address = t.TempDir() + "/s"
	}
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	near, err := net.Dial(network, l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close() })
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { far.Close() })
	c, err := NewNetConn(near)
	if err != nil {
		t.Fatal(err)
	}
	return c, far
}

// bothNetworks runs a test by TCP and by unix socket.
func bothNetworks(t *testing.T, test func(t *testing.T, c *NetConn, peer net.Conn)) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			c, peer := netPair(t, network)
			test(t, c, peer)
		})
	}
}

func TestNetConnConversation(t *testing.T) {
	bothNetworks(t, func(t *testing.T, c *NetConn, peer net.Conn) {
		sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<17) // more than the kernel buffers
		go func() {
			defer peer.Close()
			io.Copy(peer, io.LimitReader(peer, int64(len(sent))))
		}()
		written := make(chan error, 1)
		go func() {
			_, err := c.Write(sent)
			written <- err
		}()
		got, err := io.ReadAll(c)
		if err != nil {
			t.Error(err)
		}
		if err := <-written; err != nil {
			t.Error(err)
		}
		if !bytes.Equal(got, sent) {
			t.Errorf("%d bytes came back of %d, or others", len(got), len(sent))
		}
		if n, err := c.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("after the end: %d, %v", n, err)
		}
	})
}

// A library must not see a difference to package net.
func TestNetConnErrors(t *testing.T) {
	longAgo := time.Unix(1, 0)
	read := func(c net.Conn) error { _, err := c.Read(make([]byte, 1)); return err }
	// What is written first has the kernel notice that the peer is gone.
	write := func(c net.Conn) (err error) {
		for err == nil {
			_, err = c.Write(make([]byte, 64<<10))
		}
		return err
	}
	for name, fail := range map[string]func(c, peer net.Conn) error{
		"read deadline":    func(c, _ net.Conn) error { c.SetReadDeadline(longAgo); return read(c) },
		"write deadline":   func(c, _ net.Conn) error { c.SetWriteDeadline(longAgo); return write(c) },
		"waiting to read":  func(c, _ net.Conn) error { c.SetDeadline(time.Now().Add(time.Millisecond)); return read(c) },
		"waiting to write": func(c, _ net.Conn) error { c.SetDeadline(time.Now().Add(time.Millisecond)); return write(c) },
		"read, closed":     func(c, _ net.Conn) error { c.Close(); return read(c) },
		"write, closed":    func(c, _ net.Conn) error { c.Close(); return write(c) },
		"peer gone":        func(c, peer net.Conn) error { peer.Close(); return write(c) },
	} {
		t.Run(name, func(t *testing.T) {
			bothNetworks(t, func(t *testing.T, c *NetConn, peer net.Conn) {
				plain, plainPeer := netPair(t, c.LocalAddr().Network())
				got, want := fail(c, peer), fail(plain.Conn, plainPeer)
				var op, wantOp *net.OpError
				if !errors.As(got, &op) || !errors.As(want, &wantOp) {
					t.Fatalf("%v; package net: %v", got, want)
				}
				if op.Op != wantOp.Op || op.Net != wantOp.Net || op.Timeout() != wantOp.Timeout() {
					t.Errorf("%v; package net: %v", got, want)
				}
				for _, kind := range []func(error) bool{isDeadline, isClosed, isPeerGone} {
					if kind(got) != kind(want) {
						t.Errorf("%v; package net: %v", got, want)
					}
				}
			})
		})
	}
}

func isDeadline(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
func isClosed(err error) bool   { return errors.Is(err, net.ErrClosed) }
func isPeerGone(err error) bool { return errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ECONNRESET) }

// Close ends a read that waits.
func TestNetConnClose(t *testing.T) {
	bothNetworks(t, func(t *testing.T, c *NetConn, _ net.Conn) {
		failed := make(chan error)
		go func() {
			_, err := c.Read(make([]byte, 1))
			failed <- err
		}()
		c.Close()
		if err := <-failed; !errors.Is(err, net.ErrClosed) {
			t.Errorf("a read that waits: %v", err)
		}
	})
}

func TestNetConnPending(t *testing.T) {
	bothNetworks(t, func(t *testing.T, c *NetConn, peer net.Conn) {
		check := func(when string, pending, closed bool) {
			t.Helper()
			if p, e := c.Pending(); p != pending || e != closed {
				t.Errorf("%s: pending %v, closed %v", when, p, e)
			}
		}
		check("nothing sent", false, false)
		peer.Write([]byte("x"))
		waitReadable(t, c)
		check("sent", true, false)
		check("looked at", true, false)
		if n, err := c.Read(make([]byte, 2)); n != 1 || err != nil {
			t.Errorf("read: %d, %v", n, err)
		}
		check("read", false, false)
		peer.Close()
		waitReadable(t, c)
		check("the peer has closed", false, true)
		c.Close()
		check("closed", false, true)
	})
}

// waitReadable waits until there is something to read, or the end.
func waitReadable(t *testing.T, c *NetConn) {
	t.Helper()
	err := c.raw.Read(func(fd uintptr) bool {
		_, err := peek(int(fd))
		return err != unix.EAGAIN
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNetConnWantsSocket(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	if _, err := NewNetConn(near); err == nil || err.Error() != "*net.pipe is not a socket" {
		t.Errorf("a pipe: %v", err)
	}
}
