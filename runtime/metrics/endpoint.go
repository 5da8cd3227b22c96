package metrics

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"golang.org/x/net/netutil"
	"golang.org/x/sys/unix"

	"qrelay/runtime/address"
	"qrelay/runtime/sock"
)

// Limits of the HTTP server: whoever reaches its address must not be able to
// keep the daemon busy.
const (
	headerTimeout  = 5 * time.Second
	readTimeout    = 10 * time.Second
	idleTimeout    = 2 * time.Minute // a scrape per minute keeps its connection
	writeTimeout   = 30 * time.Second
	profileTimeout = 5 * time.Minute // the longest profile
	maxHeader      = 16 << 10
	maxConnections = 64
	// shutdownTime is what an answer gets that is under way at the end.
	shutdownTime = time.Second
)

// socketMode lets the daemon's group ask, because the mails in flight are
// nobody else's business.
const socketMode = 0o660

// listen makes the socket. A socket file that is there already is replaced.
func listen(ctx context.Context, a address.Address) (net.Listener, error) {
	config := net.ListenConfig{}
	path := a.Path()
	file := path != "" && !a.IsAbstract()
	if file {
		if info, err := os.Lstat(path); err == nil && info.Mode().Type() == fs.ModeSocket {
			if err := os.Remove(path); err != nil {
				return nil, err
			}
		}
		config.Control = restrict
	}
	l, err := config.Listen(ctx, a.Network("stream"), a.String())
	if err == nil && file {
		if err = sock.SetMode(path, socketMode); err != nil {
			l.Close()
		}
	}
	if err != nil {
		return nil, err
	}
	return netutil.LimitListener(l, maxConnections), nil
}

// restrict sets the mode that the file gets when the socket is bound, less what
// the umask takes away.
func restrict(_, _ string, conn syscall.RawConn) (err error) {
	if callErr := conn.Control(func(fd uintptr) { err = unix.Fchmod(int(fd), socketMode) }); callErr != nil {
		return callErr
	}
	return err
}

// An endpoint is one socket that metrics are served on.
type endpoint struct {
	listener net.Listener
	profiler bool
	handler  http.Handler
	logger   *slog.Logger
}

// serve answers requests until ctx ends.
func (p *endpoint) serve(ctx context.Context) {
	server := &http.Server{
		Handler:           p.handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(p.logger.Handler(), slog.LevelDebug),
	}
	if p.profiler {
		server.WriteTimeout = profileTimeout
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(p.listener) }()
	select {
	case err := <-failed:
		p.logger.Error("metrics are not served any more", "error", err.Error())
		return
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	if err != nil && !errors.Is(err, net.ErrClosed) {
		p.logger.Warn("closing the metrics listener", "error", err.Error())
	}
	<-failed
}

// index is what people find who look at the address with a browser.
const index = "qrelay\n\n/metrics\tfor Prometheus\n/mails\t\tmails in flight, as JSON\n/healthz\tis Lua alive?\n/readyz\t\tare connections accepted?\n"

func serveIndex(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, index) }
