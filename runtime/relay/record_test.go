package relay

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qrelay/runtime/pond"
)

// The numbers of a log record, by action.
func TestRecords(t *testing.T) {
	h := newHop(t, answers("13:Dno such user,"))
	b := handlers(t, map[string]string{
		"discard": "m.account = 'acct' m:insert_header('X', 'y') return m:discard()",
		"reject":  "return m:reject('why\\nnot\\0x\\n')",
		"raise":   "m.account = 'acct' error('x')",
		"relay":   "m.sender = 'new@example.net' m:insert_header('X', 'y') m:insert_header('Z', '') return m:connect('{hop}')",
		"exec":    "m.account = 'a' m.account = nil return m:exec('/bin/sh', '-c', 'printf 3:Kok,')",
		"raw":     "sleep(0.01) return m:exec_raw('/bin/sh', '-c', 'echo done')",
		"none":    "return m:exec_raw('/none')",
	}, hopAt(h))
	const headers = len("X: y\r\n")
	for name, want := range map[string]struct {
		reply, sender, text, site string
		inserted                  int
		sent                      bool
	}{
		"discard": {"Kdiscarded", "discard@example.com", " discarded", "acct", headers, false},
		"reject":  {"Dwhy\nnot\x00x\n", "reject@example.com", " why not x", "", 0, false},
		"raise":   {"Zscript failed", "raise@example.com", " script failed", "acct", 0, false},
		"relay":   {"Dno such user", "new@example.net", " no such user", "", headers + len("Z: \r\n"), true},
		"exec":    {"Kok", "exec@example.com", " ok", "", 0, true},
		"raw":     {"Kdone\n", "raw@example.com", " done", "", 0, true},
		"none":    {"Zinternal server error", "none@example.com", " internal server error", "", 0, true},
	} {
		req := request("Subject: x\n\nhello\n", name+"@example.com", "a@example.com", "b@example.com")
		began := time.Now()
		reply, got := b.submit(req)
		received := len(req) - len("NN:,")
		if received > 99 {
			received--
		}
		sent := 0
		if want.sent {
			sent = received + want.inserted
		}
		if reply != want.reply {
			t.Errorf("%s: got %q", name, reply)
		}
		if got.Timestamp.Before(began.Truncate(time.Microsecond)) || got.Timestamp.After(time.Now()) {
			t.Errorf("%s: timestamp %v", name, got.Timestamp)
		}
		if got.Duration <= 0 || got.Duration > time.Since(began) || name == "raw" && got.Duration < 10*time.Millisecond {
			t.Errorf("%s: duration %v", name, got.Duration)
		}
		got.Timestamp, got.Duration = time.Time{}, 0
		expected := pond.Record{
			Site:    want.site,
			Message: fmt.Sprintf("from=<%s> to=<a@example.com>,<b@example.com>%s", want.sender, want.text),
			Length:  uint64(len("Subject: x\n\nhello\n") + want.inserted), HasLength: true,
			Received: uint64(received), Sent: uint64(sent), HasTraffic: true,
			HasDuration: true, Type: pond.Submission,
		}
		if got != expected {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, expected)
		}
	}
}

// A record that does not fit into a datagram is cut and marked, or lost; the
// mail is handled all the same.
func TestLargeRecords(t *testing.T) {
	b := handlers(t, map[string]string{
		"text":    "return m:reject(('x'):rep(100000))",
		"account": "m.account = ('x'):rep(70000) return m:discard()",
	})
	reply, record := b.submit(mailFrom("text@example.com"))
	if len(reply) != 100001 || !record.Truncated || len(record.Message) < 60000 {
		t.Errorf("got %d bytes, a record with %d, cut: %v", len(reply), len(record.Message), record.Truncated)
	}
	if got := b.dial().exchange(mailFrom("account@example.com")); got != "Kdiscarded" {
		t.Errorf("got %q", got)
	}
	b.logged("log record dropped", "record is too large")
	long := manyRecipients(1024)
	for i := range long {
		long[i] = strings.Repeat("x", 58) + long[i]
	}
	if _, record := b.submit(request("m", "text@example.com", long...)); !record.Truncated || !strings.HasPrefix(record.Message, "from=<text@example.com> to=<xxx") {
		t.Errorf("many recipients: cut: %v, %.60q", record.Truncated, record.Message)
	}
}
