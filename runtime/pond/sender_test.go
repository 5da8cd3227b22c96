package pond

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"qrelay/runtime/address"
)

// defaultPort is what a Pond server listens on.
const defaultPort = 5479

// longText is more than fits into a datagram.
var longText = strings.Repeat("x", 70000)

func newSender(t testing.TB, to string) *Sender {
	t.Helper()
	a, err := address.Parse(to, defaultPort)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSender(a)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func listen(t testing.TB, network, at string) net.PacketConn {
	t.Helper()
	conn, err := net.ListenPacket(network, at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// receive returns the next record that conn gets within a few seconds.
func receive(t *testing.T, conn net.PacketConn) Record {
	t.Helper()
	b := make([]byte, MaxDatagram+1)
	if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	n, _, err := conn.ReadFrom(b)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Decode(b[:n])
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pond.sock")
	abstract := fmt.Sprintf("@qrelay-pond-test-%d", os.Getpid())
	receivers := map[string]net.PacketConn{
		path:     listen(t, "unixgram", path),
		abstract: listen(t, "unixgram", abstract),
	}
	udp := listen(t, "udp4", "127.0.0.1:0")
	receivers[udp.LocalAddr().String()] = udp
	if udp6, err := net.ListenPacket("udp6", "[::1]:0"); err == nil {
		defer udp6.Close()
		receivers[udp6.LocalAddr().String()] = udp6
	}
	for to, conn := range receivers {
		s, want := newSender(t, to), submission()
		if err := s.Send(&want); err != nil {
			t.Errorf("%v", err)
			continue
		}
		if got := receive(t, conn); got != want {
			t.Errorf("%s received %+v, want %+v", to, got, want)
		}
		if s.Drops() != 0 {
			t.Errorf("the sender to %s dropped %d", to, s.Drops())
		}
	}
}

func TestReceiverComesAndGoes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pond.sock")
	s, r := newSender(t, path), submission()
	if err := s.Send(&r); !errors.Is(err, syscall.ENOENT) || s.Drops() != 1 {
		t.Fatalf("without a receiver: error %v, %d drops", err, s.Drops())
	}
	for range 2 {
		conn := listen(t, "unixgram", path)
		if err := s.Send(&r); err != nil {
			t.Fatal(err)
		}
		receive(t, conn)
		conn.Close()
		if err := s.Send(&r); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatalf("after the receiver's end: error %v, want ECONNREFUSED", err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if s.Drops() != 3 {
		t.Errorf("%d drops, want 3", s.Drops())
	}
}

func TestRefusedUDPCostsNothing(t *testing.T) {
	conn := listen(t, "udp4", "127.0.0.1:0")
	at := conn.LocalAddr().String()
	conn.Close()
	s, r := newSender(t, at), submission()
	for range 3 {
		if err := s.Send(&r); err != nil {
			t.Fatal(err)
		}
	}
	conn = listen(t, "udp4", at)
	if err := s.Send(&r); err != nil {
		t.Fatal(err)
	}
	receive(t, conn)
}

func TestFullReceiverDoesNotBlock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pond.sock")
	conn := listen(t, "unixgram", path)
	s, r := newSender(t, path), submission()
	var err error
	for range 1 << 20 { // more than any queue holds
		if err = s.Send(&r); err != nil {
			break
		}
	}
	if !errors.Is(err, syscall.EAGAIN) || s.Drops() != 1 {
		t.Fatalf("a full queue: error %v, %d drops; want EAGAIN", err, s.Drops())
	}
	receive(t, conn)
	if err = s.Send(&r); err != nil {
		t.Errorf("with room in the queue again: %v", err)
	}
}

func TestTooLargeRecordIsDropped(t *testing.T) {
	conn := listen(t, "udp4", "127.0.0.1:0")
	s := newSender(t, conn.LocalAddr().String())
	large, small := Record{Site: longText}, submission()
	if err := s.Send(&large); !errors.Is(err, ErrTooLarge) || s.Drops() != 1 {
		t.Errorf("error %v, %d drops; want ErrTooLarge", err, s.Drops())
	}
	if err := s.Send(&small); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, conn); got != small {
		t.Errorf("received %+v, want the small record", got)
	}
}

func TestLargestRecordIsSent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pond.sock")
	udp := listen(t, "udp4", "127.0.0.1:0")
	for to, conn := range map[string]net.PacketConn{path: listen(t, "unixgram", path), udp.LocalAddr().String(): udp} {
		s, r := newSender(t, to), Record{Message: longText}
		if err := s.Send(&r); err != nil {
			t.Error(err)
			continue
		}
		if got := receive(t, conn); !got.Truncated {
			t.Errorf("%s received %d bytes of message that nobody cut", to, len(got.Message))
		}
	}
}

func TestSendConcurrently(t *testing.T) {
	conn := listen(t, "udp4", "127.0.0.1:0")
	s := newSender(t, conn.LocalAddr().String())
	const senders, each = 4, 10
	var wg sync.WaitGroup
	for i := range senders {
		wg.Go(func() {
			r := submission()
			r.Length = uint64(i)
			for range each {
				if err := s.Send(&r); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	var received [senders]int
	for range senders * each {
		received[receive(t, conn).Length]++
	}
	for i, n := range received {
		if n != each {
			t.Errorf("%d records of sender %d arrived, want %d", n, i, each)
		}
	}
}

func TestClose(t *testing.T) {
	conn := listen(t, "udp4", "127.0.0.1:0")
	s, r := newSender(t, conn.LocalAddr().String()), submission()
	if err := s.Send(&r); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a second Close: error %v, want ErrClosed", err)
	}
	if err := s.Send(&r); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Send after Close: error %v, want ErrClosed", err)
	}
	receive(t, conn)
}

func TestNoAddress(t *testing.T) {
	if s, err := NewSender(address.Address{}); err == nil {
		t.Errorf("NewSender without an address gave %v", s)
	}
}

func BenchmarkSend(b *testing.B) {
	conn := listen(b, "udp4", "127.0.0.1:0")
	s, r := newSender(b, conn.LocalAddr().String()), submission()
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Send(&r); err != nil {
			b.Fatal(err)
		}
	}
}
