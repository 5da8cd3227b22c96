package relay

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qrelay/runtime/qmqp"
)

// relayed sends one mail to a hop that plays, and returns the reply. The next
// mail must be served, and sent is what the log record says of the traffic.
func relayed(t *testing.T, play func(*caller), message string, set ...func(*plan)) (reply string, b *bed) {
	t.Helper()
	h := newHop(t, play)
	b = handle(t, "if m.sender == 'next@example.com' then return m:discard() end return m:connect('{hop}', {options})",
		append([]func(*plan){hopAt(h)}, set...)...)
	req := request(message, "s@example.com", "r@example.com")
	reply, record := b.submit(req)
	if size := uint64(len(req) - len(fmt.Sprint(len(req))) - len(":,")); record.Sent != size || record.Received != size {
		t.Errorf("log record: received %d, sent %d, want %d", record.Received, record.Sent, size)
	}
	text := strings.TrimSpace("from=<s@example.com> to=<r@example.com> " + reply[1:])
	if record.Message != text && !strings.ContainsAny(text, "\n\r\x00\x7f") {
		t.Errorf("log record: %.200q, want %.200q", record.Message, text)
	}
	b.wants("next", "Kdiscarded")
	return reply, b
}

// What the next hop says is what the client gets, byte for byte, except that
// a page is enough for everybody.
func TestResponsesOfTheNextHop(t *testing.T) {
	for name, c := range map[string]struct{ raw, want string }{
		"accepted":          {"3:Kok,", "Kok"},
		"deferred":          {"10:Ztry later,", "Ztry later"},
		"rejected":          {"13:Dno such user,", "Dno such user"},
		"without text":      {"1:K,", "K"},
		"any bytes":         {netstring("D\x00\n\xff\x1b[2J"), "D\x00\n\xff\x1b[2J"},
		"leading zeros":     {"0003:Kok,", "Kok"},
		"a page":            {netstring("K" + strings.Repeat("x", qmqp.MaxResponse-1)), "K" + strings.Repeat("x", qmqp.MaxResponse-1)},
		"more than a page":  {netstring("D" + strings.Repeat("x", qmqp.MaxResponse)), "D" + strings.Repeat("x", qmqp.CutResponse-1)},
		"a megabyte":        {netstring("K" + strings.Repeat("x", 1<<20)), "K" + strings.Repeat("x", qmqp.CutResponse-1)},
		"bytes after it":    {"3:Kok,rubbish", "Kok"},
		"two":               {"3:Kok,3:Dno,", "Kok"},
		"another letter":    {"3:Xno,", "Zmalformed relay response"},
		"lower case":        {"3:kok,", "Zmalformed relay response"},
		"empty":             {"0:,", "Zmalformed relay response"},
		"no netstring":      {"250 ok\r\n", "Zmalformed relay response"},
		"no comma":          {"3:Kok;", "Zmalformed relay response"},
		"negative":          {"-3:Kok,", "Zmalformed relay response"},
		"digits for ever":   {strings.Repeat("1", 100), "Zmalformed relay response"},
		"nothing":           {"", "Zrelay failed"},
		"a digit":           {"3", "Zrelay failed"},
		"all but the comma": {"3:Kok", "Zrelay failed"},
		"cut off":           {"100:Kok", "Zrelay failed"},
		"a page cut off":    {"5000:K" + strings.Repeat("x", qmqp.MaxResponse), "Zrelay failed"},
	} {
		t.Run(name, func(t *testing.T) {
			got, b := relayed(t, answers(c.raw), "m")
			if got != c.want {
				t.Errorf("got %.100q (%d bytes), want %.100q", got, len(got), c.want)
			}
			if strings.HasPrefix(c.want, "Zmalformed") || strings.HasPrefix(c.want, "Zrelay") {
				b.logged("relaying failed", "next_hop="+b.hop.addr, "error=", "pid=")
			}
		})
	}
}

// How a next hop behaves while it gets the mail.
func TestManners(t *testing.T) {
	big := strings.Repeat("x", 4<<20) // more than any socket holds
	for name, c := range map[string]struct {
		play    func(*caller)
		message string
		want    string
	}{
		"byte by byte": {func(c *caller) {
			c.read()
			for _, b := range []byte("3:Kok,") {
				c.Write([]byte{b})
			}
		}, "m", "Kok"},
		"stays open":                  {func(c *caller) { c.read(); c.say("3:Kok,"); c.wait() }, "m", "Kok"},
		"closes without reading":      {func(c *caller) {}, "m", "Zrelay failed"},
		"closes without reading, big": {func(c *caller) {}, big, "Zrelay failed"},
		"closes amidst":               {func(c *caller) { c.Read(make([]byte, 1<<20)) }, big, "Zrelay failed"},
		"answers early and closes":    {func(c *caller) { c.say("3:Dno,") }, big, "Dno"},
		"accepts early and closes":    {func(c *caller) { c.say("3:Kok,") }, big, "Kok"},
		"answers early and reads on":  {func(c *caller) { c.say("3:Dno,"); c.wait() }, big, "Dno"},
		"answers early and stops":     {func(c *caller) { c.say("3:Dno,"); <-c.closed() }, big, "Dno"},
		"does not read":               {func(c *caller) { <-c.closed() }, big, "Ztimeout"},
		"reads slowly":                {func(c *caller) { c.read(); c.say("3:Kok,") }, big, "Kok"},
		"does not answer":             {func(c *caller) { c.read(); c.wait() }, "m", "Ztimeout"},
		"stops amidst its answer":     {func(c *caller) { c.read(); c.say("100:Kok"); c.wait() }, "m", "Ztimeout"},
		"answers without end":         {sayEndlessly, "m", "Ztimeout"},
	} {
		t.Run(name, func(t *testing.T) {
			set := []func(*plan){}
			if c.want == "Ztimeout" || name == "answers early and stops" {
				set = append(set, impatient)
			}
			if got, _ := relayed(t, c.play, c.message, set...); got != c.want {
				t.Errorf("got %.100q, want %q", got, c.want)
			}
		})
	}
}

// impatient is a plan whose next hops must be quick.
func impatient(p *plan) {
	p.limits.connect, p.limits.send, p.limits.response = 100*time.Millisecond, 100*time.Millisecond, 300*time.Millisecond
}

// sayEndlessly sends an answer so long that it never comes to its end, and so
// fast that nobody has to wait for more of it.
func sayEndlessly(c *caller) {
	c.read()
	c.say("999999999999:K")
	for chunk := make([]byte, 1<<16); ; {
		if _, err := c.Write(chunk); err != nil {
			return
		}
	}
}

// The option timeout is for everything together.
func TestConnectTimeoutOption(t *testing.T) {
	brief := func(p *plan) { p.connectOptions = "{timeout = 0.1}" }
	for name, play := range map[string]func(*caller){
		"does not read":       func(c *caller) { <-c.closed() },
		"does not answer":     func(c *caller) { c.read(); c.wait() },
		"answers without end": sayEndlessly,
		"trickles": func(c *caller) {
			c.read()
			c.say("1000:K")
			for tick := time.NewTicker(time.Millisecond); ; <-tick.C {
				if _, err := c.Write([]byte("x")); err != nil {
					tick.Stop()
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			if got, _ := relayed(t, play, strings.Repeat("x", 4<<20), brief); got != "Ztimeout" {
				t.Errorf("got %.100q", got)
			}
			if took := time.Since(began); took < 100*time.Millisecond || took > 8*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
	if got, _ := relayed(t, answers("3:Kok,"), "m", func(p *plan) { p.connectOptions = "{timeout = 3600}" }); got != "Kok" {
		t.Errorf("in time: got %q", got)
	}
}

// A next hop that cannot be reached is a temporary failure, told at once, or
// after the limit if nothing happens.
func TestConnectFails(t *testing.T) {
	dir := shortDir(t)
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refusing := newHopOn(t, "tcp", "127.0.0.1:0", nil)
	refusing.close()
	for name, c := range map[string]struct{ address, options, want, logged string }{
		"no such path":             {filepath.Join(dir, "none"), "", "Zconnect failed", "no such file or directory"},
		"a plain file":             {file, "", "Zconnect failed", "connection refused"},
		"no such name":             {"@qrelay-test-nobody", "", "Zconnect failed", "connection refused"},
		"nobody listens":           {refusing.addr, "", "Zconnect failed", "connection refused"},
		"full backlog":             {fullBacklog(t), "", "Ztimeout", "timeout"},
		"full backlog, own option": {fullBacklog(t), ", {timeout = 0.02}", "Ztimeout", "timeout"},
	} {
		b := handle(t, "if m.sender == 'next@example.com' then return m:discard() end return m:connect('"+c.address+"'"+c.options+")", impatient)
		reply, record := b.submit(mailFrom("s@example.com"))
		if reply != c.want || !strings.HasSuffix(record.Message, " "+c.want[1:]) {
			t.Errorf("%s: got %q, record %q", name, reply, record.Message)
		}
		b.logged("relaying failed", "next_hop="+c.address, c.logged)
		b.wants("next", "Kdiscarded")
	}
}

// All kinds of addresses, and a mail of some size, unchanged.
func TestConnectToAllKinds(t *testing.T) {
	message := string(bytes.Repeat([]byte("0123456789abcdef\r\n\x00\xff"), 1<<17))
	for network, address := range map[string]string{"unix": "", "tcp": "127.0.0.1:0", "tcp6": "[::1]:0", "abstract": fmt.Sprintf("@qrelay-relay-%d", os.Getpid())} {
		var h *hop
		switch network {
		case "unix":
			h = newHop(t, answers("3:Kok,"))
		case "abstract":
			h = newHopOn(t, "unix", address, answers("3:Kok,"))
		default:
			h = newHopOn(t, network, address, answers("3:Kok,"))
		}
		for _, to := range []string{"'{hop}'", "resolve('{hop}')"} {
			b := newBed(t, "local resolve = qmqp_resolve log_server = '{log}' qmqp_listen('{sock}', function(m) return m:connect("+to+") end)", hopAt(h))
			if got := b.reply(request(message, "s@example.com", "r@example.com")); got != "Kok" {
				t.Errorf("%s: got %q\n%s", network, got, b.log.String())
			}
			if r := <-h.requests; !strings.HasSuffix(string(r.Message), message) {
				t.Errorf("%s: the message has changed", network)
			}
		}
	}
}

// Port 628 is QMQP's own. Nobody needs to listen there for this test, which not
// every user may.
func TestDefaultPort(t *testing.T) {
	b := handle(t, "return m:connect('127.22.44.66')")
	b.wants("s", "Zconnect failed")
	b.logged("relaying failed", "connect 127.22.44.66:628: connection refused")
}

// A hundred mails at once, each to a hop that takes its time.
func TestParallelRelays(t *testing.T) {
	const mails = 100
	all := make(chan struct{})
	h := newHop(t, func(c *caller) {
		if c.read() {
			<-all
			c.say(netstring("K" + string((<-c.hop.requests).Message)))
		}
	})
	b := newBed(t, "qmqp_listen('{sock}', function(m) return m:connect('{hop}') end)", hopAt(h))
	clients := make([]*client, mails)
	for i := range clients {
		clients[i] = b.dial()
		clients[i].send(mailFrom("s@example.com"))
	}
	eventually(t, "all are in flight", func() bool { return h.calls() == mails && len(h.requests) == mails })
	close(all)
	for i, c := range clients {
		if got := c.reply(); !strings.HasPrefix(got, "KReceived: from PID=") {
			t.Errorf("client %d: got %q", i, got)
		}
	}
}
