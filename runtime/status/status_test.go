package status

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/creack/pty"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve answers requests on a TCP or unix socket as a daemon would, and returns
// a client for it.
func serve(t *testing.T, network, address string, handler http.HandlerFunc) *Client {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: handler}}
	s.Start()
	t.Cleanup(s.Close)
	c, err := NewClient(t.Context(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func answer(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != Path {
			http.NotFound(w, r)
			return
		}
		w.Write([]byte(text))
	}
}

func uid(n uint32) *uint32 { return &n }

var example = Report{Ready: true, Bytes: 3 << 20, Mails: []Mail{
	{Age: 75.2, Stage: "relay", StageAge: 12, Listener: "/q", UID: uid(33), PID: 4711, Size: 3<<20 - 600, Sender: "www@example.com", Recipients: 2, Action: "connect 10.0.0.1:628"},
	{Age: 2.04, Stage: "handler", StageAge: 2, Listener: "/q", UID: uid(0), Size: 600, Recipients: 1},
	{Age: 0.01, Stage: "receive", StageAge: 0.01, Listener: "[::]:628", From: "10.0.0.9:50000"},
}}

func TestTable(t *testing.T) {
	const want = `3 mails in flight, 3.0 MiB, accepting connections
AGE    STAGE    SINCE  UID             PID   SIZE     SENDER           RCPTS  ACTION
1m15s  relay    12s    33              4711  3.0 MiB  www@example.com  2      connect 10.0.0.1:628
2.0s   handler  2.0s   0               -     600 B    <>               1      -
0.0s   receive  0.0s   10.0.0.9:50000  -     -        -                -      -
`
	for _, at := range [][2]string{{"tcp", "127.0.0.1:0"}, {"unix", filepath.Join(t.TempDir(), "m")}, {"unix", "@qrelay-status-test"}} {
		text, err := json.Marshal(example)
		if err != nil {
			t.Fatal(err)
		}
		c := serve(t, at[0], at[1], answer(string(text)))
		var out bytes.Buffer
		if err := (View{}).Show(t.Context(), c, &out); err != nil || out.String() != want {
			t.Errorf("%v: %v\n%s", at, err, out.String())
		}
		out.Reset()
		if err := (View{JSON: true}).Show(t.Context(), c, &out); err != nil || out.String() != string(text)+"\n" {
			t.Errorf("%v: %v\n%s", at, err, out.String())
		}
	}
}

// What clients send must not reach the terminal as it is.
func TestTableIsClean(t *testing.T) {
	r := Report{Mails: []Mail{{Sender: "a\x1b[2J\n\x00\u202eb\xff@example.com", Recipients: 1, Action: "exec " + strings.Repeat("x", 100)}}}
	var out bytes.Buffer
	if err := r.write(&out, size{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "a?[2J???b?@example.com") || !strings.Contains(out.String(), "exec "+strings.Repeat("x", 34)+"…\n") ||
		!strings.HasPrefix(out.String(), "1 mail in flight, 0 B, not accepting connections\n") || strings.Count(out.String(), "\n") != 3 {
		t.Errorf("got %q", out.String())
	}
}

// A terminal gets what fits into it, whatever clients call themselves.
func TestTableFits(t *testing.T) {
	r := Report{Ready: true, Mails: slices.Repeat(example.Mails, 40)}
	r.Mails[1].Sender = strings.Repeat("中文", 40) + "@example.com"
	r.Mails[2].Sender, r.Mails[2].Recipients, r.Mails[2].Action = strings.Repeat("x", 64)+"@example.com", 1, "connect [2001:db8::1234:5678:9abc]:628"
	for _, test := range []struct {
		size   size
		titles string
		more   int
	}{
		{size{80, 24}, "AGE STAGE UID SENDER ACTION", 100},
		{size{100, 10}, "AGE STAGE SINCE UID SIZE SENDER ACTION", 114},
		{size{120, 4}, "AGE STAGE SINCE UID PID SIZE SENDER RCPTS ACTION", 120},
		{size{80, 0}, "AGE STAGE UID SENDER ACTION", 0},
		{size{60, 123}, "AGE STAGE UID SENDER ACTION", 0},
	} {
		var out bytes.Buffer
		if err := r.write(&out, test.size); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if test.size.rows > 0 && len(lines) >= test.size.rows {
			t.Errorf("%v: %d lines", test.size, len(lines))
		}
		for _, line := range lines {
			if cells(line) > test.size.columns {
				t.Errorf("%v: %d cells: %s", test.size, cells(line), line)
			}
		}
		if got := strings.Join(strings.Fields(lines[1]), " "); test.more < len(r.Mails) && got != test.titles {
			t.Errorf("%v: %s, want %s", test.size, got, test.titles)
		}
		want := fmt.Sprintf("… and %d more", test.more)
		if got := lines[len(lines)-1]; strings.HasPrefix(got, "…") != (test.more > 0) || test.more > 0 && got != want {
			t.Errorf("%v: the last line is %q, want %q", test.size, got, want)
		}
	}
}

func TestCells(t *testing.T) {
	for _, test := range []struct {
		text string
		max  int
		want string
	}{
		{"", 1, ""}, {"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"中文", 4, "中文"}, {"中文x", 4, "中…"}, {"a中文", 4, "a中…"}, {"ü€x", 2, "ü…"},
	} {
		if got := cut(test.text, test.max); got != test.want || cells(got) > test.max || cells(pad(got, 5)) != 5 {
			t.Errorf("%q in %d cells: %q, want %q", test.text, test.max, got, test.want)
		}
	}
}

func TestSizeOfTerminal(t *testing.T) {
	master, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer terminal.Close()
	if err := pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if got := (View{Terminal: true}).size(terminal); got != (size{80, 24}) {
		t.Errorf("got %v", got)
	}
	for _, got := range []size{View{}.size(terminal), View{Terminal: true}.size(null)} {
		if got != (size{}) {
			t.Errorf("got %v, want any size", got)
		}
	}
}

func TestUnits(t *testing.T) {
	for seconds, want := range map[float64]string{0: "0.0s", 9.94: "9.9s", 10.5: "10s", 59.9: "59s", 60: "1m00s", 3599: "59m59s", 3600: "1h00m", 100 * 3600: "100h00m"} {
		if got := ageText(seconds); got != want {
			t.Errorf("%v: %s, want %s", seconds, got, want)
		}
	}
	for size, want := range map[uint64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 10 << 10: "10 KiB", 5 << 20: "5.0 MiB", 3 << 40: "3.0 TiB", 1 << 60: "1048576 TiB"} {
		if got := sizeText(size); got != want {
			t.Errorf("%d: %s, want %s", size, got, want)
		}
	}
}

// Somebody else's server is told from a daemon.
func TestNoDaemon(t *testing.T) {
	for text, want := range map[string]string{"hello": "is no qrelay daemon: invalid character", "": "is no qrelay daemon: EOF", "[]": "is no qrelay daemon: json"} {
		_, err := serve(t, "tcp", "127.0.0.1:0", answer(text)).Ask(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v", text, err)
		}
	}
	_, err := serve(t, "tcp", "127.0.0.1:0", http.NotFound).Ask(t.Context())
	if err == nil || !strings.Contains(err.Error(), `it answers "404 Not Found"`) {
		t.Errorf("got %v", err)
	}
	c := serve(t, "tcp", "127.0.0.1:0", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	c.http.Timeout = time.Millisecond
	if _, err := c.Ask(t.Context()); err == nil || !strings.HasSuffix(err.Error(), " does not answer") {
		t.Errorf("got %v", err)
	}
}

// The address of a listener is easily taken for that of the metrics.
func TestHangup(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if conn, err := l.Accept(); err == nil {
			conn.Read(make([]byte, 1))
			conn.Close()
		}
	}()
	c, err := NewClient(t.Context(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err = c.Ask(t.Context()); err == nil || !strings.Contains(err.Error(), "hangs up: it is not an address of metrics_listen") {
		t.Errorf("got %v", err)
	}
}

// Watching goes on while the daemon restarts, and ends with its context.
func TestWatch(t *testing.T) {
	for _, test := range []struct {
		view View
		want string
	}{
		{View{}, "no mails in flight, 0 B, accepting connections\nADDRESS is no qrelay daemon: it answers \"503 Service Unavailable\"\nno mails"},
		{View{Terminal: true}, clear + "no mails in flight, 0 B, accepting connections\n" + clear + "ADDRESS is no"},
		{View{JSON: true, Terminal: true}, `{"ready":true,"bytes":0,"mails":[]}` + "\n" + `{"error":"ADDRESS is no qrelay daemon: it answers \"503 Service Unavailable\""}` + "\n{"},
	} {
		var asked atomic.Int32
		ctx, cancel := context.WithCancel(t.Context())
		c := serve(t, "tcp", "127.0.0.1:0", func(w http.ResponseWriter, _ *http.Request) {
			switch asked.Add(1) {
			case 2:
				w.WriteHeader(http.StatusServiceUnavailable)
			case 4:
				cancel()
			default:
				w.Write([]byte(`{"ready":true,"bytes":0,"mails":[]}`))
			}
		})
		var out bytes.Buffer
		if err := test.view.Watch(ctx, c, &out, time.Millisecond); err != nil {
			t.Errorf("%+v: %v", test.view, err)
		}
		cancel()
		if got := strings.ReplaceAll(out.String(), c.address.String(), "ADDRESS"); !strings.HasPrefix(got, test.want) {
			t.Errorf("%+v: got %q", test.view, got)
		}
	}
}
