package main

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"qrelay/runtime/address"
	"qrelay/runtime/qmqp"
	"qrelay/runtime/sock"
)

// manyIdle is how many idle connections are tried.
const manyIdle = 10_000

// spareDescriptors are for all else than connections.
const spareDescriptors = 500

// affordable returns how many of so many connections there can be, if the system
// lets a daemon have two descriptors for each: the connection, and the client's
// process.
func affordable(connections int) int {
	return min(connections, (allowDescriptors(2*connections+spareDescriptors)-spareDescriptors)/2)
}

// allowDescriptors lets this process and those that it starts have n open
// files, if the system permits it, and returns how many they may have.
func allowDescriptors(n int) int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	more := syscall.Rlimit{Cur: max(limit.Cur, uint64(n)), Max: max(limit.Max, uint64(n))}
	if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &more) == nil {
		return int(more.Cur)
	}
	return int(limit.Cur)
}

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
