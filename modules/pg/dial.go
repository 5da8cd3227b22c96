package pg

import (
	"context"
	"fmt"
	"net"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sys/unix"

	"qrelay/runtime/sock"
)

// Defaults for TCP connections, by which the kernel notices that a server has
// vanished without a word: silence is probed after 30 s, and a connection
// is given up 30 s later; sent data may stay unacknowledged for 60 s.
// Connection parameters override them.
const (
	defaultKeepaliveIdle     = 30 * time.Second
	defaultKeepaliveInterval = 10 * time.Second
	defaultKeepaliveCount    = 3
	defaultTCPUserTimeout    = 60 * time.Second
)

// A dialer connects to servers by TCP and by unix socket.
type dialer struct {
	keepalive   net.KeepAliveConfig
	userTimeout time.Duration
	requirePeer string // name of the user that must run the server, "" for any
}

// dialer takes what concerns the socket out of the parameters. As in libpq, 0
// stands for a default.
func (p parameters) dialer() (*dialer, error) {
	d := &dialer{requirePeer: p.take("requirepeer", "")}
	var numbers [5]int
	for i, name := range []string{"keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"} {
		text := p.take(name, "")
		if text == "" && name == "keepalives" {
			text = "1"
		}
		if text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 31)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("connection string: invalid integer value %q for connection option %q", text, name)
		}
		numbers[i] = int(n)
	}
	d.keepalive = net.KeepAliveConfig{
		Enable:   numbers[0] != 0,
		Idle:     orDefault(time.Duration(numbers[1])*time.Second, defaultKeepaliveIdle),
		Interval: orDefault(time.Duration(numbers[2])*time.Second, defaultKeepaliveInterval),
		Count:    numbers[3],
	}
	if d.keepalive.Count == 0 {
		d.keepalive.Count = defaultKeepaliveCount
	}
	d.userTimeout = orDefault(time.Duration(numbers[4])*time.Millisecond, defaultTCPUserTimeout)
	return d, nil
}

func orDefault(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}

// dial connects to a host and port, to the path of a unix socket, or to the
// abstract one that the "host" @name stands for.
func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if strings.HasPrefix(address, "@") {
		name, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		network, address = "unix", name+"/.s.PGSQL."+port
	}
	nd := net.Dialer{KeepAliveConfig: d.keepalive, KeepAlive: -1}
	if network == "tcp" {
		nd.Control = d.control
	}
	conn, err := nd.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if network == "unix" && d.requirePeer != "" {
		if err := checkPeer(conn.(*net.UnixConn), d.requirePeer); err != nil {
			conn.Close()
			return nil, err
		}
	}
	quick, err := sock.NewNetConn(conn)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return quick, nil
}

// A route remembers which of several servers a connection was made to, for the
// requests to cancel its queries: the socket of a unix connection does not tell,
// and pgconn takes the first server for it.
type route struct {
	dial             pgconn.DialFunc
	found            bool // that is known
	network, address string
}

// connect is dial. It is called again for each server that is tried, and after
// that for requests to cancel.
func (r *route) connect(ctx context.Context, network, address string) (net.Conn, error) {
	if r.found {
		return r.dial(ctx, r.network, r.address)
	}
	r.network, r.address = network, address
	return r.dial(ctx, network, address)
}

func (d *dialer) control(_, _ string, raw syscall.RawConn) error {
	var err error
	controlErr := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(d.userTimeout.Milliseconds()))
	})
	if controlErr != nil {
		return controlErr
	}
	return err
}

// checkPeer makes sure that the server runs as the given user.
func checkPeer(conn *net.UnixConn, want string) error {
	u, err := user.Lookup(want)
	if err != nil {
		return fmt.Errorf("requirepeer: %w", err)
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var cred *unix.Ucred
	var credErr error
	if err := raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil {
		return err
	}
	if credErr != nil {
		return fmt.Errorf("requirepeer: %w", credErr)
	}
	if strconv.FormatUint(uint64(cred.Uid), 10) != u.Uid {
		return fmt.Errorf("requirepeer specifies %q, but the server runs as user id %d", want, cred.Uid)
	}
	return nil
}
