package sock

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"qrelay/runtime/address"
	"qrelay/runtime/await"
)

func TestMain(m *testing.M) {
	if os.Getenv("SOCK_TEST_PASSED") != "" {
		os.Exit(servePassed())
	}
	if addr := os.Getenv("SOCK_TEST_CONNECT"); addr != "" {
		os.Exit(connectOnce(addr))
	}
	// The pollers, Go's and ours, open descriptors of their own when they are
	// first used, which must not count as leaks of the test that happens to come
	// first.
	if err := thePoller.prepare(); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// kinds are listening addresses of all kinds.
func kinds(t *testing.T) map[string]string {
	return map[string]string{
		"path":     t.TempDir() + "/s",
		"abstract": abstractName(),
		"tcp4":     "127.0.0.1:0",
		"tcp6":     "[::1]:0",
	}
}

func abstractName() string {
	return fmt.Sprintf("@qrelay-sock-%d-%d", os.Getpid(), time.Now().UnixNano())
}

func parse(t testing.TB, s string) address.Address {
	t.Helper()
	a, err := address.ParseListen(s, 0)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func listenOn(t testing.TB, s string) *Listener {
	t.Helper()
	l, err := Listen(parse(t, s))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func dialTo(t testing.TB, l *Listener) *Conn {
	t.Helper()
	c, err := Dial(t.Context(), l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func acceptFrom(t testing.TB, l *Listener) *Conn {
	t.Helper()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// connect returns both ends of a connection.
func connect(t testing.TB, s string) (client, server *Conn) {
	t.Helper()
	l := listenOn(t, s)
	return dialTo(t, l), acceptFrom(t, l)
}

// eventually waits until something is true.
var eventually = await.Until

// parked waits until a goroutine waits in the poller for c.
func parked(t testing.TB, c *Conn) {
	t.Helper()
	eventually(t, "somebody waits for the Conn", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.gates[forReading].waiting || c.gates[forWriting].waiting
	})
}

func openFiles(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// pattern returns n bytes that no two positions near each other share.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

func readAll(t testing.TB, c *Conn) []byte {
	t.Helper()
	b, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRequestAndReply(t *testing.T) {
	for name, addr := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			client, server := connect(t, addr)
			go func() {
				client.Write([]byte("request"))
				client.CloseWrite()
			}()
			if got := readAll(t, server); string(got) != "request" {
				t.Fatalf("server got %q", got)
			}
			if n, err := server.Writev([]byte("re"), nil, []byte("ply")); n != 5 || err != nil {
				t.Fatal(n, err)
			}
			server.Close()
			if got := readAll(t, client); string(got) != "reply" {
				t.Errorf("client got %q", got)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	for name, addr := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			l := listenOn(t, addr)
			client, server := dialTo(t, l), acceptFrom(t, l)
			if client.Peer() != l.Addr() {
				t.Errorf("client's peer is %v, not %v", client.Peer(), l.Addr())
			}
			if parse(t, addr).Family() == unix.AF_UNIX {
				if l.Addr().String() != addr || !server.Peer().IsZero() {
					t.Errorf("listener %v, server's peer %v", l.Addr(), server.Peer())
				}
				return
			}
			if l.Addr().IP().Port() == 0 || server.Peer().IP().Addr() != l.Addr().IP().Addr() || server.Peer().IP().Port() == 0 {
				t.Errorf("listener %v, server's peer %v", l.Addr(), server.Peer())
			}
		})
	}
}

func TestMappedPeer(t *testing.T) {
	l := listenOn(t, "[::]:0")
	port := l.Addr().IP().Port()
	c, err := Dial(t.Context(), parse(t, fmt.Sprintf("127.0.0.1:%d", port)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if ip := acceptFrom(t, l).Peer().IP().Addr(); ip.String() != "127.0.0.1" {
		t.Errorf("peer is %v", ip)
	}
}

// A small send buffer and a reader that takes its time force partial writes.
func TestPartialWrites(t *testing.T) {
	data := pattern(3_000_000)
	for name, addr := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			client, server := connect(t, addr)
			unix.SetsockoptInt(client.fd, unix.SOL_SOCKET, unix.SO_SNDBUF, 1)
			buffers := [][]byte{data[:1], data[1:1], data[1:100_000], data[100_000:100_001], data[100_001:]}
			go func() {
				if n, err := client.Writev(buffers...); n != int64(len(data)) || err != nil {
					t.Errorf("Writev: %d, %v", n, err)
				}
				client.CloseWrite()
			}()
			if got := readAll(t, server); !bytes.Equal(got, data) {
				t.Errorf("got %d bytes, not what was sent", len(got))
			}
			if len(buffers[0]) != 1 || len(buffers[4]) != len(data)-100_001 {
				t.Error("Writev changed the caller's buffers")
			}
		})
	}
}

func TestMoreBuffersThanOneCallTakes(t *testing.T) {
	client, server := connect(t, abstractName())
	data := pattern(3*maxBuffers + 5)
	var buffers [][]byte
	for i := range data {
		buffers = append(buffers, data[i:i+1])
	}
	if n, err := client.Writev(buffers...); n != int64(len(data)) || err != nil {
		t.Fatal(n, err)
	}
	client.Close()
	if got := readAll(t, server); !bytes.Equal(got, data) {
		t.Errorf("got %d bytes, not what was sent", len(got))
	}
}

func FuzzAdvance(f *testing.F) {
	f.Add([]byte("abcdef"), uint8(2), uint8(4), uint8(3))
	f.Add([]byte("abcdef"), uint8(0), uint8(0), uint8(6))
	f.Add([]byte(""), uint8(0), uint8(0), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, x, y, n uint8) {
		i := min(int(x), len(data))
		j := max(i, min(int(y), len(data)))
		sent := min(int(n), len(data))
		buffers := [][]byte{data[:i], data[i:j], data[j:]}
		if complete(buffers, sent) != (sent == len(data)) {
			t.Errorf("complete(%q, %d)", buffers, sent)
		}
		rest := advance(buffers, sent)
		if got := bytes.Join(rest, nil); !bytes.Equal(got, data[sent:]) {
			t.Errorf("rest of %q after %d is %q", data, sent, got)
		}
		if len(rest) > 0 && len(rest[0]) == 0 {
			t.Error("an empty buffer leads the rest")
		}
	})
}

func TestEmptyReadAndWrite(t *testing.T) {
	client, server := connect(t, abstractName())
	if n, err := server.Read(nil); n != 0 || err != nil {
		t.Error(n, err)
	}
	if n, err := client.Writev(); n != 0 || err != nil {
		t.Error(n, err)
	}
	if n, err := client.Write(nil); n != 0 || err != nil {
		t.Error(n, err)
	}
}

func TestWriteToClosedPeer(t *testing.T) {
	client, server := connect(t, abstractName())
	server.Close()
	if _, err := client.Write([]byte("x")); err == nil || err.Error() != "write: broken pipe" {
		t.Errorf("got %v", err)
	}
}

func TestNoDescriptorLeft(t *testing.T) {
	before := openFiles(t)
	for _, addr := range kinds(t) {
		l := listenOn(t, addr)
		for range 20 {
			client, server := dialTo(t, l), acceptFrom(t, l)
			waited := make(chan error, 1)
			go func() { _, err := server.Read(make([]byte, 1)); waited <- err }()
			parked(t, server) // this one is registered, the client's end not
			client.Close()
			if err := <-waited; err != io.EOF {
				t.Error(err)
			}
			server.Close()
		}
		l.Close()
	}
	if after := openFiles(t); after != before {
		t.Errorf("%d files open before, %d after", before, after)
	}
}
