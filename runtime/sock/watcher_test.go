package sock

import (
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// watched is a connection whose incidents are counted.
type watched struct {
	client, server *Conn
	watch          *Watch
	calls, spoke   atomic.Int32
}

func watch(t *testing.T, w *Watcher, addr string) *watched {
	t.Helper()
	x := &watched{}
	x.client, x.server = connect(t, addr)
	x.watch = w.Add(x.server, func(i Incident) {
		if i == Spoke {
			x.spoke.Add(1)
		}
		x.calls.Add(1)
	})
	return x
}

func (x *watched) hungUp() bool { return x.calls.Load() > 0 }

// look returns when the watcher has looked at everything that happened
// before.
func look(t *testing.T, w *Watcher) {
	t.Helper()
	probe := watch(t, w, abstractName())
	probe.client.Close()
	eventually(t, "the watcher sees the probe's end", probe.hungUp)
}

func reset(c *Conn) {
	unix.SetsockoptLinger(c.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	c.Close()
}

func TestIncidents(t *testing.T) {
	const nothing, hungUp, spoke = "nothing", "hung up", "spoke"
	for _, c := range []struct {
		name, addr string
		end        func(*Conn)
		want       string
	}{
		{"local close", t.TempDir() + "/s", func(c *Conn) { c.Close() }, hungUp},
		{"abstract close", abstractName(), func(c *Conn) { c.Close() }, hungUp},
		{"local half-close", abstractName() + "h", func(c *Conn) { c.CloseWrite() }, nothing},
		{"local both ways", abstractName() + "b", func(c *Conn) { unix.Shutdown(c.fd, unix.SHUT_RDWR) }, hungUp},
		{"local half-close, then close", abstractName() + "hc", func(c *Conn) { c.CloseWrite(); c.Close() }, hungUp},
		{"local data", abstractName() + "d", func(c *Conn) { c.Write([]byte("garbage")) }, spoke},
		{"local data, then half-close", abstractName() + "dh", func(c *Conn) { c.Write([]byte("g")); c.CloseWrite() }, spoke},
		{"local data, then close", abstractName() + "dc", func(c *Conn) { c.Write([]byte("g")); c.Close() }, hungUp},
		{"tcp data", "127.0.0.1:0", func(c *Conn) { c.Write([]byte("garbage")) }, spoke},
		{"tcp reset", "127.0.0.1:0", reset, hungUp},
		{"tcp6 reset", "[::1]:0", reset, hungUp},
		{"tcp half-close", "127.0.0.1:0", func(c *Conn) { c.CloseWrite() }, nothing},
		{"tcp close", "127.0.0.1:0", func(c *Conn) { c.Close() }, nothing}, // looks like half-close
		{"nothing", "127.0.0.1:0", func(*Conn) {}, nothing},
	} {
		t.Run(c.name, func(t *testing.T) {
			var w Watcher
			defer w.Close()
			x := watch(t, &w, c.addr)
			look(t, &w)
			if x.hungUp() {
				t.Fatal("hung up before it did")
			}
			c.end(x.client)
			look(t, &w)
			look(t, &w)
			got := nothing
			if x.spoke.Load() == 1 {
				got = spoke
			} else if x.hungUp() {
				got = hungUp
			}
			if got != c.want || x.calls.Load() > 1 {
				t.Errorf("called %d times: %s", x.calls.Load(), got)
			}
			if stopped := x.watch.Stop(); stopped != (c.want == nothing) {
				t.Errorf("Stop: %v", stopped)
			}
		})
	}
}

// Waiting for a hang-up and half-closing must leave the reply alone.
func TestReplyAfterHalfClose(t *testing.T) {
	var w Watcher
	defer w.Close()
	x := watch(t, &w, abstractName())
	x.client.CloseWrite()
	look(t, &w)
	if !x.watch.Stop() {
		t.Error("taken for a hang-up")
	}
	x.server.Write([]byte("reply"))
	x.server.Close()
	if got := readAll(t, x.client); string(got) != "reply" {
		t.Errorf("got %q", got)
	}
}

func TestStoppedWatch(t *testing.T) {
	var w Watcher
	defer w.Close()
	x, y := watch(t, &w, abstractName()), watch(t, &w, abstractName())
	if !x.watch.Stop() || x.watch.Stop() {
		t.Error("Stop must be true once")
	}
	x.client.Close()
	y.client.Close()
	look(t, &w)
	if x.hungUp() || !y.hungUp() {
		t.Errorf("stopped one called: %v; other one called: %v", x.hungUp(), y.hungUp())
	}
}

// The number of a closed descriptor goes to the next connection, whose
// hang-up is none of the old watch's business.
func TestDescriptorReused(t *testing.T) {
	var w Watcher
	defer w.Close()
	x := watch(t, &w, abstractName())
	defer x.watch.Stop()
	number := x.server.fd
	x.server.Close()
	eventually(t, "the watcher lets go", func() bool {
		_, err := unix.FcntlInt(uintptr(number), unix.F_GETFD, 0)
		return err == unix.EBADF
	})
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(pair[0])
	defer unix.Close(pair[1])
	if err := unix.Dup3(pair[1], number, unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(number)
	look(t, &w)
	if x.hungUp() {
		t.Error("another connection's hang-up was taken for this one's")
	}
}

func TestManyWatches(t *testing.T) {
	var w Watcher
	defer w.Close()
	l := listenOn(t, abstractName())
	var called atomic.Int32
	var clients []*Conn
	for range 700 { // more than one poll(2) takes
		clients = append(clients, dialTo(t, l))
		w.Add(acceptFrom(t, l), func(Incident) { called.Add(1) })
	}
	for _, c := range clients[:600] {
		c.Close()
	}
	eventually(t, "600 hang-ups", func() bool { return called.Load() == 600 })
	look(t, &w)
	if got := called.Load(); got != 600 {
		t.Errorf("%d hang-ups", got)
	}
}

// The goroutine ends when there is nothing to watch, and begins again.
func TestGoroutineComesAndGoes(t *testing.T) {
	var w Watcher
	running := func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.running
	}
	for range 2 {
		x := watch(t, &w, abstractName())
		if !running() {
			t.Error("nobody watches")
		}
		x.client.Close()
		eventually(t, "the hang-up is seen", x.hungUp)
		eventually(t, "the goroutine ends", func() bool { return !running() })
	}
}

func TestClosedWatcher(t *testing.T) {
	var unused Watcher
	unused.Close()
	var w Watcher
	x := watch(t, &w, abstractName())
	w.Close()
	w.Close()
	y := watch(t, &w, abstractName())
	x.client.Close()
	y.client.Close()
	if y.watch.Stop() || x.hungUp() || y.hungUp() {
		t.Error("a closed Watcher watches")
	}
}

// Watches come and go from everywhere; run with -race.
func TestConcurrentWatches(t *testing.T) {
	var w Watcher
	defer w.Close()
	l := listenOn(t, abstractName())
	var pairs [][2]*Conn
	for range 200 {
		pairs = append(pairs, [2]*Conn{dialTo(t, l), acceptFrom(t, l)})
	}
	var called, stopped atomic.Int32
	var wg sync.WaitGroup
	for i, p := range pairs {
		wg.Go(func() {
			var gone atomic.Bool
			h := w.Add(p[1], func(Incident) { called.Add(1); gone.Store(true) })
			if i%2 == 0 {
				p[0].Close()
				eventually(t, "hang-up", gone.Load)
			}
			if h.Stop() {
				stopped.Add(1)
			}
			p[1].Close()
		})
	}
	wg.Wait()
	if called.Load() != 100 || stopped.Load() != 100 {
		t.Errorf("%d called, %d stopped", called.Load(), stopped.Load())
	}
}
