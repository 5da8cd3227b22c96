package relay

import (
	"os"
	"slices"
	"sync"
	"testing"

	"qrelay/runtime/qmqp"
)

// A watcher keeps the outcomes.
type watcher struct {
	mu       sync.Mutex
	outcomes []Outcome
}

func (w *watcher) Ended(o *Outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.outcomes = append(w.outcomes, *o)
}

// next takes the next outcome.
func (w *watcher) next(t *testing.T) (o Outcome) {
	t.Helper()
	eventually(t, "an outcome", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.outcomes) == 0 {
			return false
		}
		o, w.outcomes = w.outcomes[0], w.outcomes[1:]
		return true
	})
	return o
}

// watched is newBed with an observer.
func watched(t *testing.T, config string, set ...func(*plan)) (*bed, *watcher) {
	t.Helper()
	b := prepare(t, config, set...)
	w := &watcher{}
	b.server.Observe(w)
	if b.server.Ready() {
		t.Error("ready before the start")
	}
	if err := b.server.Start(); err != nil {
		t.Fatal(err)
	}
	if !b.server.Ready() {
		t.Error("not ready after the start")
	}
	return b, w
}

func TestOutcomes(t *testing.T) {
	b, w := watched(t, `max_size = 1024 log_server = '{log}' qmqp_listen('{sock}', function(m)
		if m.sender:match('^fail') then error('no') end
		if m.sender:match('^reject') then return m:reject() end
		if m.sender:match('^connect') then return m:connect('{dir}/nobody') end
		return m:discard()
	end)`)
	for _, test := range []struct {
		name, action string
		reply        qmqp.Status
		failed       bool
		sent         bool
	}{
		{"discard", "discard", qmqp.StatusAccepted, false, false},
		{"reject", "reject", qmqp.StatusRejected, false, false},
		{"connect", "connect", qmqp.StatusDeferred, false, true},
		{"fail", "none", qmqp.StatusDeferred, true, false},
	} {
		b.reply(mailFrom(test.name + "@example.com"))
		o := w.next(t)
		if o.Listener != b.path() || o.Refusal != "" || o.Action != test.action || !o.Replied || o.Reply != test.reply ||
			o.ScriptFailed != test.failed || o.Received == 0 || (o.Sent > 0) != test.sent {
			t.Errorf("%s: %+v", test.name, o)
		}
		reached := []Stage{Receiving, Waiting, Handling}
		if !test.failed {
			reached = append(reached, Relaying)
		}
		for _, stage := range append(reached, Answering) {
			if o.Took[stage] <= 0 || o.Took[stage] > o.Total {
				t.Errorf("%s: %s took %v of %v", test.name, stage, o.Took[stage], o.Total)
			}
		}
	}
}

func TestRefusalReasons(t *testing.T) {
	b, w := watched(t, "max_size = 1024 qmqp_listen('{sock}', function(m) return m:discard() end)")
	seen := []string{}
	for _, bad := range []struct{ request, reason string }{
		{netstring("nonsense"), "malformed"},
		{"99999:", "too_large"},
		{request("x", "@@", "b@example.com"), "bad_address"},
		{request("x", "", slices.Repeat([]string{"a@b"}, 1025)...), "too_large"},
	} {
		b.dial().exchange(bad.request)
		o := w.next(t)
		if o.Refusal != bad.reason || !o.Replied || o.Action != "none" || o.Reply != qmqp.StatusRejected {
			t.Errorf("%.40q: %+v", bad.request, o)
		}
		seen = append(seen, o.Refusal)
	}
	b.dial().Close()
	if o := w.next(t); o.Refusal != "incomplete" || o.Replied {
		t.Errorf("no request: %+v", o)
	}
	for _, reason := range seen {
		if !slices.Contains(Refusals(), reason) {
			t.Errorf("%s is not in the list", reason)
		}
	}
}

// Each stage of a mail in flight can be seen.
func TestInFlightMails(t *testing.T) {
	release := make(chan struct{})
	h := newHop(t, func(c *caller) {
		c.read()
		<-release
		c.Write(qmqp.Accepted("ok").Append(nil))
	})
	b, w := watched(t, `log_server = '{log}' qmqp_listen('{sock}', function(m) m.sender = 'other@example.com' return m:connect('{hop}') end)`,
		func(p *plan) { p.hop = h })
	c := b.dial()
	c.send(aRequest[:10])
	eventually(t, "the client is known", func() bool {
		mails := b.server.InFlightMails()
		return len(mails) == 1 && mails[0].Size > 0 && mails[0].HasPeer && mails[0].PID == os.Getpid() && mails[0].Stage == Receiving
	})
	c.send(aRequest[10:])
	eventually(t, "the action is known", func() bool {
		mails := b.server.InFlightMails()
		return len(mails) == 1 && mails[0].Stage == Relaying && mails[0].Action == "connect "+h.addr && mails[0].Recipients > 0 && mails[0].Sender != ""
	})
	close(release)
	if got := c.reply(); got != "Kok" {
		t.Errorf("got %q", got)
	}
	w.next(t)
	if mails := b.server.InFlightMails(); len(mails) != 0 {
		t.Errorf("left: %+v", mails)
	}
	if _, ok := b.records.next(); !ok {
		t.Error("no record")
	}
}
