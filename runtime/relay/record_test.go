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
		"raw":     "return m:exec_raw('/bin/sh', '-c', 'echo done')",
		"none":    "return m:exec_raw('/none')",
	}, hopAt(h))
	const headers = len("X: y\r\n")
	for name, want := range map[string]told{
		"discard": {"Kdiscarded", "discard@example.com", " discarded", "acct", headers, false},
		"reject":  {"Dwhy\nnot\x00x\n", "reject@example.com", " why not x", "", 0, false},
		"raise":   {"Zscript failed", "raise@example.com", " script failed", "acct", 0, false},
		"relay":   {"Dno such user", "new@example.net", " no such user", "", headers + len("Z: \r\n"), true},
		"exec":    {"Kok", "exec@example.com", " ok", "", 0, true},
		"raw":     {"Kdone\n", "raw@example.com", " done", "", 0, true},
		"none":    {"Zinternal server error", "none@example.com", " internal server error", "", 0, true},
	} {
		const message = "Subject: x\n\nhello\n"
		req := request(message, name+"@example.com", "a@example.com", "b@example.com")
		began := time.Now()
		reply, got := b.submit(req)
		if reply != want.reply {
			t.Errorf("%s: got %q", name, reply)
		}
		checkTimes(t, name, &got, began)
		if want := want.record(len(message), req); got != want {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, want)
		}
	}
}

// told is what a log record tells of a mail, and the client's reply.
type told struct {
	reply, sender, text, site string
	inserted                  int // bytes of headers
	relayed                   bool
}

// record returns the record without times.
func (w told) record(size int, request string) pond.Record {
	_, payload, _ := strings.Cut(request, ":")
	received := uint64(len(payload) - len(","))
	r := pond.Record{
		Site:      w.site,
		Message:   fmt.Sprintf("from=<%s> to=<a@example.com>,<b@example.com>%s", w.sender, w.text),
		HasLength: true, Length: uint64(size + w.inserted),
		HasTraffic: true, Received: received,
		HasDuration: true, Type: pond.Submission,
	}
	if w.relayed {
		r.Sent = received + uint64(w.inserted)
	}
	return r
}

// checkTimes checks the times of a record and clears them.
func checkTimes(t *testing.T, name string, r *pond.Record, began time.Time) {
	t.Helper()
	if r.Timestamp.Before(began.Truncate(time.Microsecond)) || r.Timestamp.After(time.Now()) {
		t.Errorf("%s: timestamp %v", name, r.Timestamp)
	}
	if r.Duration <= 0 || r.Duration > time.Since(began) {
		t.Errorf("%s: duration %v", name, r.Duration)
	}
	r.Timestamp, r.Duration = time.Time{}, 0
}

// The duration is that of the whole mail.
func TestRecordedDuration(t *testing.T) {
	b := handle(t, "sleep(0.02) return m:discard()")
	if _, r := b.submit(aRequest); r.Duration < 20*time.Millisecond {
		t.Errorf("got %v", r.Duration)
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
