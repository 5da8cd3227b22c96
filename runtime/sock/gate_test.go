package sock

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// withoutGates makes all sockets wait on their own during a test.
func withoutGates(t *testing.T) {
	t.Helper()
	gates.mu.Lock()
	defer gates.mu.Unlock()
	idle, made := gates.idle, gates.made
	gates.idle, gates.made = nil, maxGates
	t.Cleanup(func() {
		gates.mu.Lock()
		defer gates.mu.Unlock()
		gates.idle, gates.made = idle, made
	})
}

func TestWithoutGates(t *testing.T) {
	withoutGates(t)
	for name, test := range map[string]func(*testing.T){
		"ReadTimeout":     TestReadTimeout,
		"WriteTimeout":    TestWriteTimeout,
		"SlowButSteady":   TestSlowButSteady,
		"CloseEndsWaits":  TestCloseEndsWaits,
		"ConcurrentClose": TestConcurrentClose,
	} {
		t.Run(name, test)
	}
}

// One direction may have got the last gate, and the other none.
func TestLastGate(t *testing.T) {
	client, server := connect(t, abstractName())
	server.SetTimeouts(20*time.Millisecond, 20*time.Millisecond)
	for range 2 {
		if n, err := server.Read(make([]byte, 1)); n != 0 || !errors.Is(err, ErrTimeout) {
			t.Fatal(n, err)
		}
		withoutGates(t)
		fill(t, server)
		if n, err := server.Write(make([]byte, 1)); n != 0 || !errors.Is(err, ErrTimeout) {
			t.Fatal(n, err)
		}
	}
	if server.gates[forReading].epoll < 0 || server.gates[forWriting].epoll >= 0 {
		t.Fatal("the test does not do what it should")
	}
	client.Write([]byte("x"))
	if n, err := server.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Error(n, err)
	}
}

func TestGatesAreReused(t *testing.T) {
	count := func() (idle, made int) {
		gates.mu.Lock()
		defer gates.mu.Unlock()
		return len(gates.idle), gates.made
	}
	l := listenOn(t, abstractName())
	var most int
	for i := range 20 {
		client, err := Dial(t.Context(), l.Addr())
		if err != nil {
			t.Fatal(err)
		}
		server := acceptFrom(t, l)
		client.SetTimeouts(time.Microsecond, 0)
		if _, err := client.Read(make([]byte, 1)); !errors.Is(err, ErrTimeout) {
			t.Fatal(err)
		}
		client.Close()
		server.Close()
		idle, made := count()
		if i == 0 {
			most = made
		}
		if idle != made || made != most {
			t.Fatalf("after %d connections %d gates were made, %d are idle", i+1, made, idle)
		}
	}
}

// A socket that somebody else still holds stays in the gate that it was closed
// with. The next socket there must not mind.
func TestGateWithAnotherSocketInIt(t *testing.T) {
	client, server := connect(t, abstractName())
	server.SetTimeouts(time.Microsecond, 0)
	if _, err := server.Read(make([]byte, 1)); !errors.Is(err, ErrTimeout) {
		t.Fatal(err)
	}
	gate := server.gates[forReading]
	held, err := unix.Dup(server.fd)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(held)
	server.Close()
	client.Write([]byte("for the one that was closed"))

	client, server = connect(t, abstractName())
	server.SetTimeouts(20*time.Millisecond, 0)
	start := time.Now()
	if n, err := server.Read(make([]byte, 1)); n != 0 || !errors.Is(err, ErrTimeout) {
		t.Fatal(n, err)
	}
	if server.gates[forReading] != gate {
		t.Fatal("the test does not do what it should")
	}
	if waited := time.Since(start); waited < 20*time.Millisecond {
		t.Errorf("gave up after %v", waited)
	}
	server.SetTimeouts(0, 0)
	timer := time.AfterFunc(20*time.Millisecond, func() { client.Write([]byte("x")) })
	defer timer.Stop()
	if n, err := server.Read(make([]byte, 9)); n != 1 || err != nil {
		t.Error(n, err)
	}
}

// A wait that ended before the socket was in its gate must not keep the next
// one from getting there.
func TestWaitThatEndsAtOnce(t *testing.T) {
	client, server := connect(t, abstractName())
	g, err := server.arm(forReading, time.Nanosecond)
	if err != nil {
		t.Fatal(err)
	}
	g.setDeadline(longAgo)
	if _, err := g.wait(operation{}); err == nil || g.entered {
		t.Fatalf("%v, entered %v", err, g.entered)
	}
	timer := time.AfterFunc(20*time.Millisecond, func() { client.Write([]byte("x")) })
	defer timer.Stop()
	if n, err := server.Read(make([]byte, 9)); n != 1 || err != nil {
		t.Error(n, err)
	}
}

func TestGateThatCannotBeEntered(t *testing.T) {
	_, server := connect(t, abstractName())
	if _, err := server.arm(forReading, 0); err != nil {
		t.Fatal(err)
	}
	fd := server.fd
	server.fd = -1
	_, err := server.park(forReading, 0, operation{})
	server.fd = fd
	if !errors.Is(err, unix.EBADF) {
		t.Error(err)
	}
}

func TestDialTimeout(t *testing.T) {
	l := listenOn(t, abstractName())
	// A backlog of 0 has room for one.
	if err := l.raw.Control(func(fd uintptr) { unix.Listen(int(fd), 0) }); err != nil {
		t.Fatal(err)
	}
	for {
		fd, err := newSocket(l.Addr(), unix.SOCK_STREAM)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		if err := connectSocket(fd, l.Addr()); err == unix.EAGAIN {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	_, err := DialTimeout(t.Context(), l.Addr(), 30*time.Millisecond)
	if !errors.Is(err, ErrTimeout) || time.Since(start) < 30*time.Millisecond {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	ctx, cancel := context.WithCancel(t.Context())
	timer := time.AfterFunc(10*time.Millisecond, cancel)
	defer timer.Stop()
	if _, err := DialTimeout(ctx, l.Addr(), time.Minute); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	acceptFrom(t, l).Close()
	c, err := DialTimeout(t.Context(), l.Addr(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}
