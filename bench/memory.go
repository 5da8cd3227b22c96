package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"qrelay/runtime/address"
	"qrelay/runtime/bench"
	"qrelay/runtime/qmqp"
	"qrelay/runtime/sock"
)

// Figures of memory scenarios.
const (
	rss      = "RSS MB"
	refused  = "refused"
	lost     = "without K"
	growth   = "RSS growth"
	leftOver = "descriptors and children left over"
)

// memoryScenarios are about what a load may cost, whatever the machine.
func memoryScenarios(b *bed) []scenario {
	alone := func(name string, measure func(context.Context) (figures, error)) []contender {
		return []contender{{name, measure}}
	}
	idle := min(manyIdle, (allowDescriptors(2*manyIdle+spareDescriptors)-spareDescriptors)/2)
	return []scenario{
		{name: fmt.Sprintf("%d idle connections", idle), once: true,
			contenders: alone("qrelay", func(ctx context.Context) (figures, error) { return b.idleConnections(ctx, idle) }),
			checks:     []check{{figure: rss, most: 120 * float64(idle) / manyIdle}}},
		{name: "1,000 mails of 64 KiB wait for the next hop", once: true, contenders: alone("qrelay", b.slowHop),
			checks: []check{{figure: peak, most: 64 + 40}}},
		{name: fmt.Sprintf("%d mails of 16 MiB, --max-inflight 256MiB", b.crowd), once: true, contenders: alone("qrelay", b.largeMails),
			checks: []check{{figure: peak, most: 400}}},
		{name: "burst of 2,000 connects", once: true, contenders: alone("qrelay", b.burst),
			checks: []check{{figure: refused, exact: true}, {figure: lost, exact: true}}},
		b.longScenario("discarded", discardAll, b.longRun),
		b.longScenario("relayed", connectAll, b.longRun/5),
	}
}

// longScenario looks whether anything grows with the number of mails.
func (b *bed) longScenario(what, script string, mails int64) scenario {
	return scenario{
		name: fmt.Sprintf("%d mails %s in one run", mails, what), once: true,
		contenders: []contender{{"qrelay", func(ctx context.Context) (figures, error) { return b.long(ctx, script, mails) }}},
		checks:     []check{{figure: growth, most: 1.1}, {figure: leftOver, exact: true}},
	}
}

// withRelay runs fn with a relay.
func (b *bed) withRelay(ctx context.Context, script string, fn func(*daemon) (figures, error), flags ...string) (figures, error) {
	d, err := b.startRelay(ctx, script, flags...)
	if err != nil {
		return nil, err
	}
	defer d.stop()
	f, err := fn(d)
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, tail(d.log.String()))
	}
	return f, err
}

// tail returns the last lines of a log.
func tail(log string) string { return log[max(0, len(log)-2000):] }

// manyIdle is how many idle connections are tried, if the system lets a daemon
// have two descriptors for each: the connection, and the client's process.
const manyIdle = 10_000

// spareDescriptors are for all else.
const spareDescriptors = 500

// idleConnections are clients that have sent nothing yet.
func (b *bed) idleConnections(ctx context.Context, count int) (figures, error) {
	return b.withRelay(ctx, connectAll, func(d *daemon) (figures, error) {
		release, err := b.openSilent(ctx, d, count)
		if err != nil {
			return nil, err
		}
		defer release()
		mb, err := d.memory("VmRSS")
		return figures{rss: mb}, err
	})
}

// openSilent makes connections on which nothing is sent, and waits until the
// daemon has accepted all of them, before it throws them out.
func (b *bed) openSilent(ctx context.Context, d *daemon, count int) (release func(), err error) {
	before, err := d.descriptors()
	if err != nil {
		return nil, err
	}
	conns, err := b.connect(ctx, count)
	if err == nil {
		err = await(ctx, 4*time.Second, func() (bool, error) {
			n, err := d.descriptors()
			return n >= before+count, err
		})
	}
	if err != nil {
		closeAll(conns)
		return nil, fmt.Errorf("not all of %d connections were accepted: %w", count, err)
	}
	return func() { closeAll(conns) }, nil
}

// connect makes connections, all of which the caller closes.
func (b *bed) connect(ctx context.Context, count int) ([]*sock.Conn, error) {
	a, err := address.Parse(b.socket(), 0)
	if err != nil {
		return nil, err
	}
	conns := make([]*sock.Conn, 0, count)
	for range count {
		c, err := sock.Dial(ctx, a)
		if err != nil {
			return conns, err
		}
		conns = append(conns, c)
	}
	return conns, nil
}

func closeAll(conns []*sock.Conn) {
	for _, c := range conns {
		c.Close()
	}
}

// slowHop has many mails wait for their replies at once.
func (b *bed) slowHop(ctx context.Context) (figures, error) {
	const count = 1000
	return b.withRelay(ctx, connectAll, func(d *daemon) (figures, error) {
		release := b.hop.hold()
		defer release()
		var loading sync.WaitGroup
		var loaded error
		loading.Go(func() {
			_, loaded = allAccepted(ctx, bench.Options{Address: b.socket(), Clients: count, Count: count, Size: 64 << 10})
		})
		arrived := await(ctx, 10*time.Second, func() (bool, error) { return b.hop.waiting.Load() == count, nil })
		release()
		loading.Wait()
		if err := errors.Join(arrived, loaded); err != nil {
			return nil, err
		}
		mb, err := d.memory("VmHWM")
		return figures{peak: mb}, err
	})
}

// largeMails are more than fit under the cap on messages in memory.
func (b *bed) largeMails(ctx context.Context) (figures, error) {
	const script = "max_size = 20 * 1024 * 1024\n" + connectAll
	return b.withRelay(ctx, script, func(d *daemon) (figures, error) {
		o := bench.Options{Address: b.socket(), Clients: b.crowd, Count: int64(b.crowd), Size: 16 << 20, Timeout: 2 * time.Minute}
		if _, err := allAccepted(ctx, o); err != nil {
			return nil, err
		}
		mb, err := d.memory("VmHWM")
		return figures{peak: mb}, err
	}, "--max-inflight", "256MiB")
}

// burst connects while the daemon cannot run at all, so that all connections
// must find room in its backlog. Then each brings a mail.
func (b *bed) burst(ctx context.Context) (figures, error) {
	const count = 2000
	return b.withRelay(ctx, connectAll, func(d *daemon) (figures, error) {
		if err := d.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			return nil, err
		}
		sockets, bad := connectNow(b.socket(), count)
		if err := d.cmd.Process.Signal(syscall.SIGCONT); err != nil {
			return nil, err
		}
		return figures{refused: float64(bad), lost: float64(count - submitAll(sockets))}, nil
	})
}

// connectNow connects without waiting. bad is how many connections failed.
func connectNow(path string, count int) (sockets []*os.File, bad int) {
	for range count {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err == nil {
			sockets = append(sockets, os.NewFile(uintptr(fd), "client"))
			err = unix.Connect(fd, &unix.SockaddrUnix{Name: path})
		}
		if err != nil {
			bad++
		}
	}
	return sockets, bad
}

// submitAll sends a mail over each connection, closes it, and returns how many
// were accepted.
func submitAll(sockets []*os.File) (accepted int) {
	head, tail := qmqp.AppendRequest(nil, nil, nil, 5, "bench@bench.invalid", []string{"recipient@bench.invalid"})
	request := append(append(head, "mail\n"...), tail...)
	for _, s := range sockets {
		_, _ = s.Write(request) // without it there is no reply
	}
	for _, s := range sockets {
		_ = s.SetReadDeadline(time.Now().Add(10 * time.Second)) // fails for nothing but a closed file
		if r, err := qmqp.ReadResponse(s); err == nil && r.Status == qmqp.StatusAccepted {
			accepted++
		}
		s.Close()
	}
	return accepted
}

// long compares the daemon after 10,000 mails with the same after all of them.
func (b *bed) long(ctx context.Context, script string, mails int64) (figures, error) {
	const first = 10_000
	return b.withRelay(ctx, script, func(d *daemon) (figures, error) {
		before, err := b.after(ctx, d, first)
		if err != nil {
			return nil, err
		}
		after, err := b.after(ctx, d, max(mails-first, 1))
		if err != nil {
			return nil, err
		}
		return figures{
			growth:   after.rss / before.rss,
			leftOver: float64(max(0, after.descriptors-before.descriptors) + after.children),
		}, nil
	})
}

// state is what a daemon has when nothing is going on.
type state struct {
	rss                   float64
	descriptors, children int
}

// after loads a daemon with so many mails and returns its state when it is
// idle again.
func (b *bed) after(ctx context.Context, d *daemon, mails int64) (state, error) {
	if _, err := allAccepted(ctx, bench.Options{Address: b.socket(), Clients: 32, Count: mails}); err != nil {
		return state{}, err
	}
	var s state
	err := await(ctx, 10*time.Second, func() (bool, error) {
		links, err := d.sockets()
		return links <= idleSockets, err
	})
	if err != nil {
		return s, fmt.Errorf("connections stay open: %w", err)
	}
	if s.rss, err = d.memory("VmRSS"); err != nil {
		return s, err
	}
	if s.descriptors, err = d.descriptors(); err != nil {
		return s, err
	}
	pids, err := d.processes()
	s.children = len(pids) - 1
	return s, err
}

// idleSockets is how many sockets a relay has without connections: its
// listener.
const idleSockets = 1

// sockets returns how many of the daemon's files are sockets.
func (d *daemon) sockets() (int, error) {
	dir := fmt.Sprintf("/proc/%d/fd", d.cmd.Process.Pid)
	files, err := os.ReadDir(dir)
	count := 0
	for _, f := range files {
		if target, err := os.Readlink(dir + "/" + f.Name()); err == nil && len(target) > 7 && target[:7] == "socket:" {
			count++
		}
	}
	return count, err
}
