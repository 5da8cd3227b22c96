package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"qrelay/runtime/qmqp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve calls handle for each connection, on a goroutine each, and returns the
// address.
func serve(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer conn.Close()
				handle(conn)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		serving.Wait()
	})
	return path
}

// receive reads one request.
func receive(t *testing.T, conn io.Reader) qmqp.Request {
	t.Helper()
	var buf []byte
	for {
		part := make([]byte, 64<<10)
		n, err := conn.Read(part)
		buf = append(buf, part[:n]...)
		size, body, parsed := qmqp.ParseHeader(buf, maxSize)
		if parsed == nil && int64(len(body)) == size+1 {
			payload, err := qmqp.Payload(body)
			if err != nil {
				t.Error(err)
			}
			r, err := qmqp.ParseRequest(payload)
			if err != nil {
				t.Error(err)
			}
			return r
		}
		if err != nil {
			return qmqp.Request{}
		}
	}
}

// reply answers every mail in the same way.
func reply(t *testing.T, r qmqp.Response) func(net.Conn) {
	return func(conn net.Conn) {
		receive(t, conn)
		conn.Write(r.Append(nil))
	}
}

func run(t *testing.T, o Options) *Report {
	t.Helper()
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestClosedLoop(t *testing.T) {
	var mails atomic.Int64
	address := serve(t, func(conn net.Conn) {
		r := receive(t, conn)
		if len(r.Message) != 100_000 || len(r.Recipients) != 3 {
			t.Errorf("got a message of %d bytes to %d recipients", len(r.Message), len(r.Recipients))
		}
		mails.Add(1)
		conn.Write(qmqp.Accepted("ok").Append(nil))
	})
	r := run(t, Options{Address: address, Clients: 5, Size: 100_000, Recipients: 3, Count: 42})
	if r.Mails != 42 || r.Replies["K"] != 42 || mails.Load() != 42 {
		t.Errorf("%d mails answered, %v, %d received, want 42", r.Mails, r.Replies, mails.Load())
	}
	if l := r.Latency; l.Min < 1 || l.Min > l.P50 || l.P50 > l.P90 || l.P90 > l.P99 || l.P99 > l.P999 || l.P999 > l.Max {
		t.Errorf("latency is out of order: %+v", l)
	}
	if len(r.Errors) != 0 || r.CutOff != 0 || r.Missed != 0 {
		t.Errorf("unexpected: %+v", r)
	}
}

func TestDuration(t *testing.T) {
	r := run(t, Options{Address: serve(t, reply(t, qmqp.Accepted("ok"))), Clients: 2, Duration: 50 * time.Millisecond})
	if r.Mails == 0 || r.Seconds < 0.05 {
		t.Errorf("%d mails in %g s", r.Mails, r.Seconds)
	}
}

func TestReplies(t *testing.T) {
	var n atomic.Int64
	answers := []qmqp.Response{qmqp.Accepted("ok"), qmqp.Deferred("busy"), qmqp.Rejected("no"), qmqp.Deferred("busy")}
	address := serve(t, func(conn net.Conn) { reply(t, answers[n.Add(1)%4])(conn) })
	r := run(t, Options{Address: address, Count: 40})
	if r.Replies["K"] != 10 || r.Replies["Z"] != 20 || r.Replies["D"] != 10 {
		t.Errorf("replies: %v", r.Replies)
	}
	if len(r.Texts) != 2 || r.Texts["Zbusy"] != 20 || r.Texts["Dno"] != 10 {
		t.Errorf("texts: %v", r.Texts)
	}
}

func TestTextsAreBounded(t *testing.T) {
	var n atomic.Int64
	address := serve(t, func(conn net.Conn) {
		reply(t, qmqp.Deferred(strings.Repeat("x", int(n.Add(1)))))(conn)
	})
	r := run(t, Options{Address: address, Count: maxTexts + 5})
	if len(r.Texts) != maxTexts+1 || r.Texts[otherTexts] != 5 {
		t.Errorf("texts: %v", r.Texts)
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		kind   string
		handle func(net.Conn)
	}{
		{"closed without reply", func(conn net.Conn) { receive(t, conn) }},
		{"malformed reply", func(conn net.Conn) {
			receive(t, conn)
			io.WriteString(conn, "hello")
		}},
		{"exchange: timeout", func(conn net.Conn) {
			receive(t, conn)
			conn.Read(make([]byte, 1))
		}},
		{"exchange: connection reset by peer", func(net.Conn) {}},
	} {
		r := run(t, Options{Address: serve(t, test.handle), Clients: 1, Count: 2, Timeout: 20 * time.Millisecond})
		if test.kind == "exchange: connection reset by peer" && r.Errors["exchange: broken pipe"] > 0 {
			continue // it was closed before it was written to
		}
		if r.Mails != 0 || len(r.Errors) != 1 || r.Errors[test.kind] != 2 {
			t.Errorf("%s: %d mails, errors %v", test.kind, r.Mails, r.Errors)
		}
	}
}

func TestNobodyThere(t *testing.T) {
	for _, rate := range []float64{0, 1000} {
		path := filepath.Join(t.TempDir(), "none")
		_, err := Run(t.Context(), Options{Address: path, Rate: rate})
		if !errors.Is(err, unix.ENOENT) || !strings.Contains(err.Error(), "no mail was answered: connect "+path) {
			t.Errorf("rate %g: error is %v", rate, err)
		}
	}
}

func TestServerThatGoesAway(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "sock"))
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		conn, err := l.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		l.Close()
		reply(t, qmqp.Accepted("ok"))(conn)
	})
	r := run(t, Options{Address: l.Addr().String(), Clients: 1, Count: 3})
	serving.Wait()
	if r.Mails != 1 || r.Errors["connect: no such file or directory"] != 2 {
		t.Errorf("%d mails, errors %v", r.Mails, r.Errors)
	}
}

func TestInterrupt(t *testing.T) {
	for _, rate := range []float64{0, 1000} {
		ctx, cancel := context.WithCancel(t.Context())
		var n atomic.Int64
		address := serve(t, func(conn net.Conn) {
			receive(t, conn)
			if n.Add(1) == 3 {
				cancel()
				conn.Read(make([]byte, 1)) // until the client goes away
				return
			}
			conn.Write(qmqp.Accepted("ok").Append(nil))
		})
		r, err := Run(ctx, Options{Address: address, Clients: 1, Rate: rate, Duration: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		if r.Mails != 2 || r.CutOff != 1 {
			t.Errorf("rate %g: %d mails, %d cut off; want 2 and 1", rate, r.Mails, r.CutOff)
		}
	}
}

func TestBadOptions(t *testing.T) {
	for _, o := range []Options{
		{}, {Address: "/x", Rate: -1}, {Address: "/x", Rate: 2e6}, {Address: "/x", Clients: -1},
		{Address: "/x", Size: -1}, {Address: "/x", Size: maxSize + 1}, {Address: "/x", Recipients: 1025},
		{Address: "/x", Count: -1}, {Address: "/x", Duration: -1}, {Address: "not/a path:and:no host"},
	} {
		if r, err := Run(t.Context(), o); err == nil || r != nil {
			t.Errorf("%+v: no error", o)
		}
	}
}

func TestProgress(t *testing.T) {
	var out bytes.Buffer
	address := serve(t, reply(t, qmqp.Deferred("busy")))
	run(t, Options{Address: address, Clients: 1, Duration: progressInterval + progressInterval/2, Progress: &out})
	for _, want := range []string{clearLine, "mails/s  p99 ", "errors 0  on their way "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("progress %q lacks %q", out.String(), want)
		}
	}
	if !strings.HasSuffix(out.String(), clearLine) {
		t.Errorf("progress is not removed: %q", out.String())
	}
}

func TestText(t *testing.T) {
	r := Report{
		Address: "/run/x", Clients: 32, Size: 2048, Recipients: 1, Seconds: 60, Mails: 600_000, Rate: 10_000,
		Latency: Latency{P50: 1234, P90: 45678, P99: 1_234_567, P999: 12, Max: 61_000_000},
		Replies: map[string]int64{"K": 599_990, "Z": 7, "D": 3},
		Texts:   map[string]int64{"Dno\n": 3, "Zbusy": 7},
		Errors:  map[string]int64{"connect: timeout": 2},
		CutOff:  1, Missed: 4,
	}
	const want = `/run/x: 32 clients, 2 KiB, 1 recipient
mails    600000 in 60.0 s
rate     10000.0/s  19.5 MiB/s
latency  p50 1.23ms  p90 45.7ms  p99 1.23s  p99.9 12µs  max 1m1s
replies  K 599990  Z 7  D 3
         7 × "Zbusy"
         3 × "Dno\n"
errors   2
         2 × connect: timeout
cut off  1 mails were on their way at the end
missed   4 mails were due while all clients were busy until the end
`
	var b strings.Builder
	if err := r.WriteText(&b); err != nil || b.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", b.String(), want)
	}
}

func TestJSON(t *testing.T) {
	b, err := json.Marshal(run(t, Options{Address: serve(t, reply(t, qmqp.Accepted("ok"))), Count: 1}))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"mails":1`, `"replies":{"D":0,"K":1,"Z":0}`, `"p99.9":`, `"errors":{}`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%s lacks %s", b, want)
		}
	}
}

// On a command line a path may be relative.
func TestRelativePath(t *testing.T) {
	path := serve(t, func(conn net.Conn) {
		receive(t, conn)
		conn.Write(qmqp.Accepted("ok").Append(nil))
	})
	t.Chdir(filepath.Dir(path))
	if r := run(t, Options{Address: "./" + filepath.Base(path), Count: 1}); r.Replies["K"] != 1 {
		t.Errorf("replies are %v", r.Replies)
	}
}
