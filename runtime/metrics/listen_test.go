package metrics

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestListenArguments(t *testing.T) {
	for config, want := range map[string]string{
		"metrics_listen()":                                    "metrics_listen: expected 1 to 2 arguments, got 0",
		"metrics_listen('@x', {}, 1)":                         "expected 1 to 2 arguments, got 3",
		"metrics_listen({})":                                  "bad argument #1 to 'metrics_listen' (string expected, got table)",
		"metrics_listen('127.0.0.1:99999')":                   "bad argument #1 to 'metrics_listen'",
		"metrics_listen('no-such-host.invalid:1')":            "bad argument #1 to 'metrics_listen'",
		"metrics_listen('{dir}/m', {prof=true})":              "unknown option \"prof\" (known: pprof)",
		"metrics_listen('{dir}/m', {pprof=1})":                "boolean expected, got number",
		"metrics_listen('{dir}/m', true)":                     "bad argument #2 to 'metrics_listen'",
		"metrics_listen('{dir}')":                             "address already in use",
		"metrics_listen('{dir}/none/m')":                      "no such file or directory",
		"metrics_listen('127.0.0.1:0') error('stop')":         "stop",
		"metrics_listen('{dir}/m') max_connections_per_uid=0": "max_connections_per_uid",
		"metrics_listen('localhost:0') metrics_listen(qmqp_resolve('{dir}/m')) metrics_listen('@qrelay-metrics-test')": "",
	} {
		_, err := configure(t, config)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", config, err, want)
		}
	}
}

// A dry run checks the arguments, and listens nowhere.
func TestDryRun(t *testing.T) {
	dry := func(o *Options) { o.DryRun = true }
	b, err := configure(t, "metrics_listen('{dir}/m') metrics_listen('127.0.0.1:1', {pprof=true})", dry)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(b.path("m")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a socket: %v", err)
	}
	if _, err := configure(t, "metrics_listen('127.0.0.1:1', {x=1})", dry); err == nil {
		t.Error("bad arguments are accepted")
	}
}

// After start-up the function is gone, and who has kept it is told so.
func TestListenIsForStartUp(t *testing.T) {
	b := start(t, "metrics_listen('{dir}/other')")
	b.has("qrelay_ready 1")
	b.mail("a@example.com")
	if !strings.Contains(b.log.String(), "attempt to call") {
		t.Errorf("got %s", b.log.String())
	}
	c, err := configure(t, "kept = metrics_listen")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.rt.DoString(t.Context(), "=later", "kept('@x')"); err == nil || !strings.Contains(err.Error(), errConfigured.Error()) {
		t.Errorf("got %v", err)
	}
}

// A daemon that nobody asked for metrics does not watch its mails.
func TestNoMetricsNoObserver(t *testing.T) {
	b, err := configure(t, "qmqp_listen('{dir}/q', function(m) return m:discard() end)")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.server.Start(); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("unix", b.path("q"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	eventually(t, func() bool { return b.server.Inflight() == 1 }, func() string { return "a connection" })
	if mails := b.server.InFlightMails(); mails != nil {
		t.Errorf("got %+v", mails)
	}
}

// The socket's file is for the daemon's group; what is left of a daemon that
// was killed is replaced; at the end it is gone.
func TestSocketFile(t *testing.T) {
	b, err := configure(t, "")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(b.dir, "m")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()

	script := "metrics_listen('" + path + "')"
	t.Run("daemon", func(t *testing.T) {
		if _, err := configure(t, script); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Lstat(path); err != nil || info.Mode() != fs.ModeSocket|0o660 {
			t.Errorf("got %v, %v", info.Mode(), err)
		}
	})
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
}

// Whoever connects and says nothing does not keep the daemon from ending.
func TestIdleClients(t *testing.T) {
	b := start(t, "return m:discard()")
	for range maxConnections {
		conn, err := net.Dial("unix", b.path("m"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	b.close()
}
