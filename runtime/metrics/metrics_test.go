package metrics

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"qrelay/runtime/status"
)

func TestMetricsCountMails(t *testing.T) {
	b := start(t, `
		if m.sender:match('^fail') then error('no') end
		if m.sender:match('^hop') then return m:connect('{dir}/nobody') end
		if m.sender:match('^run') then return m:exec_raw('/bin/true') end
		return m:discard()`)
	b.has(`qrelay_refused_connections_total{listener="{dir}/q",reason="uid_connections"} 0`, "qrelay_ready 1", "qrelay_in_flight_limit_bytes 1.073741824e+09")
	for _, sender := range []string{"a@example.com", "a@example.com", "fail@example.com", "hop@example.com", "run@example.com"} {
		b.mail(sender)
	}
	conn, err := net.Dial("unix", b.path("q"))
	if err != nil {
		t.Fatal(err)
	}
	conn.Write([]byte("x"))
	conn.Close()
	b.has(
		`qrelay_mails_total{action="discard",listener="{dir}/q",status="accepted"} 2`,
		`qrelay_mails_total{action="none",listener="{dir}/q",status="deferred"} 1`,
		`qrelay_mails_total{action="connect",listener="{dir}/q",status="deferred"} 1`,
		`qrelay_mails_total{action="exec_raw",listener="{dir}/q",status="accepted"} 1`,
		`qrelay_refused_connections_total{listener="{dir}/q",reason="incomplete"} 1`,
		`qrelay_handler_errors_total 1`,
		`qrelay_mail_duration_seconds_count 5`,
		`qrelay_stage_duration_seconds_count{stage="handler"} 5`,
		`qrelay_stage_duration_seconds_count{stage="relay"} 4`,
		`qrelay_in_flight_mails{stage="handler"} 0`,
		`qrelay_in_flight_bytes 0`,
		`qrelay_children_running 0`,
		`qrelay_children_limit 1000`,
		`qrelay_children_waiting 0`,
		`qrelay_pond_drops_total 0`,
		`qrelay_task_errors_total 0`,
		`qrelay_lua_tasks 0`,
	)
	_, text := b.get("/metrics")
	for _, name := range []string{"qrelay_received_bytes_total", "qrelay_sent_bytes_total", "qrelay_lua_turns_total", "go_goroutines", "go_build_info", "process_open_fds"} {
		if !regexp.MustCompile(`(?m)^` + name + `(\{.*\})? [1-9]`).MatchString(text) {
			t.Errorf("%s is 0 or not there:\n%s", name, text)
		}
	}
}

func TestMailsInFlight(t *testing.T) {
	b := start(t, "while not io.open('{dir}/go') do sleep(0.001) end return m:discard()")
	conn := b.submit("waits@example.com")
	var report status.Report
	eventually(t, func() bool {
		_, text := b.get("/mails")
		report = status.Report{}
		if err := json.Unmarshal([]byte(text), &report); err != nil {
			t.Fatal(err)
		}
		return len(report.Mails) == 1 && report.Mails[0].Stage == "handler" && report.Mails[0].Sender != ""
	}, func() string { return "a mail in flight" })
	m := report.Mails[0]
	if m.UID == nil || int(*m.UID) != os.Getuid() || m.PID != os.Getpid() || m.Listener != b.path("q") || m.Sender != "waits@example.com" ||
		m.Recipients != 1 || m.Action != "" || m.Age <= 0 || m.StageAge <= 0 || m.StageAge > m.Age || m.Size == 0 || report.Bytes != m.Size || !report.Ready {
		t.Errorf("got %+v", report)
	}
	b.has(`qrelay_in_flight_mails{stage="handler"} 1`, `qrelay_lua_tasks 1`)
	if err := os.WriteFile(b.path("go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var buf [64]byte
	if n, err := conn.Read(buf[:]); err != nil || string(buf[:n]) != "10:Kdiscarded," {
		t.Errorf("got %q, %v", buf[:n], err)
	}
}

// The daemon is unhealthy while a function in Go keeps the turn, and answers
// all the same.
func TestHealth(t *testing.T) {
	b := start(t, "stuck('{dir}/go') return m:discard()", func(o *Options) { o.TurnLimit = 50 * time.Millisecond })
	if code, body := b.get("/healthz"); code != http.StatusOK || body != "ok\n" {
		t.Errorf("at first: %d %q", code, body)
	}
	b.submit("a@example.com")
	eventually(t, func() bool {
		code, body := b.get("/healthz")
		return code == http.StatusServiceUnavailable && strings.HasPrefix(body, "Lua is stuck: ")
	}, func() string { return "it is unhealthy" })
	b.get("/metrics")
	b.get("/mails")
	if err := os.WriteFile(b.path("go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool {
		code, _ := b.get("/healthz")
		return code == http.StatusOK
	}, func() string { return "it is healthy again" })
}

func TestReady(t *testing.T) {
	b, err := configure(t, "metrics_listen('{dir}/m') qmqp_listen('{dir}/q', function(m) return m:discard() end)")
	if err != nil {
		t.Fatal(err)
	}
	if code, body := b.get("/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(body, "starting or stopping") {
		t.Errorf("before the start: %d %q", code, body)
	}
	if err := b.server.Start(); err != nil {
		t.Fatal(err)
	}
	if code, body := b.get("/readyz"); code != http.StatusOK || body != "ok\n" {
		t.Errorf("after the start: %d %q", code, body)
	}
	b.server.Stop(t.Context())
	if code, _ := b.get("/readyz"); code != http.StatusServiceUnavailable {
		t.Errorf("after the end: %d", code)
	}
	b.has("qrelay_ready 0")
}

// Only those who ask for the profiler get it, and nobody can change anything.
func TestPaths(t *testing.T) {
	b, err := configure(t, "metrics_listen('{dir}/m') metrics_listen('127.0.0.1:0', {pprof=true}) qmqp_listen('{dir}/q', print)")
	if err != nil {
		t.Fatal(err)
	}
	address := regexp.MustCompile(`address=(127\S+)`).FindStringSubmatch(b.log.String())
	if address == nil {
		t.Fatalf("no address in %s", b.log.String())
	}
	tcp := "http://" + address[1]
	plain := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for path, want := range map[string][2]int{
		"/": {200, 200}, "/metrics": {200, 200}, "/mails": {200, 200}, "/healthz": {200, 200}, "/nothing": {404, 404},
		"/debug/pprof/": {404, 200}, "/debug/pprof/goroutine?debug=1": {404, 200}, "/debug/pprof/symbol": {404, 200},
	} {
		if code, body := b.get(path); code != want[0] {
			t.Errorf("%s over the unix socket: %d %s", path, code, body)
		}
		if code, body := fetch(t, plain, tcp+path); code != want[1] {
			t.Errorf("%s over TCP: %d %s", path, code, body)
		}
	}
	response, err := plain.Post(tcp+"/metrics", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %s", response.Status)
	}
}
