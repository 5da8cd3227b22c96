package metrics

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"
	"go.uber.org/goleak"

	"qrelay/modules/pg"
	"qrelay/runtime"
	"qrelay/runtime/await"
	"qrelay/runtime/qmqp"
	"qrelay/runtime/relay"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A bed is a running relay with metrics on a unix socket, {dir}/m. Mails are
// taken at {dir}/q.
type bed struct {
	t      *testing.T
	dir    string
	server *relay.Server
	rt     *runtime.Runtime
	log    await.Log
	http   *http.Client
}

// configure runs a configuration, without starting the relay.
func configure(t *testing.T, config string, set ...func(*Options)) (*bed, error) {
	t.Helper()
	b := &bed{t: t}
	var err error
	if b.dir, err = os.MkdirTemp("", "qm"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(b.dir) })
	logger := slog.New(slog.NewTextHandler(&b.log, nil))
	o := Options{Logger: logger}
	for _, f := range set {
		f(&o)
	}
	b.server = relay.NewServer(relay.Options{Logger: logger, DryRun: o.DryRun})
	o.Server = b.server
	b.rt, err = runtime.New(runtime.Config{Logger: logger, TurnLimit: o.TurnLimit, Modules: []runtime.Module{b.server.Module(), Module(o), pg.Module(), stuckModule()}})
	if err != nil {
		t.Fatal(err)
	}
	b.http = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", b.path("m"))
	}}}
	t.Cleanup(b.close)
	if err := b.rt.DoString(t.Context(), "=config", strings.ReplaceAll(config, "{dir}", b.dir)); err != nil {
		return b, err
	}
	return b, b.rt.Main(t.Context(), "configured", b.server.Configured)
}

// start runs a configuration and the relay. Its handler is body.
func start(t *testing.T, body string, set ...func(*Options)) *bed {
	t.Helper()
	b, err := configure(t, "metrics_listen('{dir}/m') qmqp_listen('{dir}/q', function(m) "+body+" end)", set...)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.server.Start(); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bed) close() {
	b.http.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	b.server.Stop(ctx)
	if err := b.server.Close(ctx); err != nil {
		b.t.Errorf("closing the relay: %v", err)
	}
	if err := b.rt.Close(); err != nil {
		b.t.Errorf("closing the runtime: %v", err)
	}
}

func (b *bed) path(name string) string { return filepath.Join(b.dir, name) }

// get asks for a path over the unix socket.
func (b *bed) get(path string) (status int, body string) {
	b.t.Helper()
	return fetch(b.t, b.http, "http://qrelay"+path)
}

func fetch(t *testing.T, client *http.Client, url string) (status int, body string) {
	t.Helper()
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// submit begins a mail; the reply comes from the returned connection.
func (b *bed) submit(sender string) net.Conn {
	b.t.Helper()
	conn, err := net.Dial("unix", b.path("q"))
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	const message = "Subject: x\n\nhello\n"
	head, tail := qmqp.AppendRequest(nil, nil, nil, int64(len(message)), sender, []string{"bob@example.org"})
	if _, err := conn.Write([]byte(string(head) + message + string(tail))); err != nil {
		b.t.Fatal(err)
	}
	return conn
}

// mail submits a mail and waits for the reply.
func (b *bed) mail(sender string) string {
	b.t.Helper()
	reply, err := io.ReadAll(b.submit(sender))
	if err != nil {
		b.t.Fatal(err)
	}
	return string(reply)
}

// has waits for lines of the metrics.
func (b *bed) has(lines ...string) {
	b.t.Helper()
	var text string
	eventually(b.t, func() bool {
		_, text = b.get("/metrics")
		for _, line := range lines {
			if !strings.Contains("\n"+text, "\n"+strings.ReplaceAll(line, "{dir}", b.dir)+"\n") {
				return false
			}
		}
		return true
	}, func() string { return strings.Join(lines, "\n") + "\nin:\n" + text })
}

func eventually(t *testing.T, ok func() bool, what func() string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); !ok(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not within ten seconds: %s", what())
		}
	}
}

// stuckModule has a function that keeps the turn until the file {dir}/go is
// there, as a mistake in Go code would.
func stuckModule() runtime.Module {
	return runtime.Module{Name: "stuck", Open: func(rt *runtime.Runtime, L *lua.LState) lua.LValue {
		rt.SetGlobals(L, []runtime.Func{{Name: "stuck", Fn: func(L *lua.LState) int {
			path := runtime.String(L, 1)
			for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
				if _, err := os.Stat(path); err == nil {
					break
				}
			}
			return 0
		}}})
		return nil
	}}
}
