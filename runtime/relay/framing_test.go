package relay

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The parts of a small request.
var (
	aMessage   = netstring("m")
	aSender    = netstring("s@example.com")
	aRecipient = netstring("r@example.com")
	aRequest   = netstring(aMessage, aSender, aRecipient)
)

// refused is a request that is no mail. The reply "" means a closed
// connection.
type refused struct{ name, request, reply string }

func malformed() (cases []refused) {
	for name, payload := range map[string]string{
		"empty":                        "",
		"text":                         "hello",
		"message only":                 aMessage,
		"no recipient":                 aMessage + aSender,
		"no comma after the message":   "1:m" + aSender + aRecipient,
		"no comma after the sender":    aMessage + "13:s@example.com" + aRecipient,
		"no comma after the recipient": aMessage + aSender + "13:r@example.com",
		"message longer than the rest": "100:m," + aSender + aRecipient,
		"negative length":              "-1:m," + aSender + aRecipient,
		"plus sign":                    "+1:m," + aSender + aRecipient,
		"space in a length":            " 1:m," + aSender + aRecipient,
		"no length":                    ":m," + aSender + aRecipient,
		"leading zero, message":        "01:m," + aSender + aRecipient,
		"leading zero, sender":         aMessage + "013:s@example.com," + aRecipient,
		"leading zero, recipient":      aMessage + aSender + "013:r@example.com,",
		"00":                           "00:," + aSender + aRecipient,
		"20 digits":                    "99999999999999999999:m," + aSender + aRecipient,
		"2^64-1":                       "18446744073709551615:m," + aSender + aRecipient,
		"text after the recipients":    aMessage + aSender + aRecipient + "x",
		"newline after the recipients": aMessage + aSender + aRecipient + "\n",
		"second recipient cut off":     aMessage + aSender + aRecipient + "13:r@",
	} {
		cases = append(cases, refused{name, netstring(payload), "Dmalformed input"})
	}
	return cases
}

func outerErrors() []refused {
	long := request(strings.Repeat("x", 2*firstRead), "s@example.com", "r@example.com")
	return []refused{
		{"no netstring", "hello", ""},
		{"HTTP", "GET / HTTP/1.0\r\n\r\n", ""},
		{"no length", ":m,", ""},
		{"negative", "-1:", ""},
		{"space", " 5:hello,", ""},
		{"hexadecimal", "0x5:hello,", ""},
		{"no colon in 32 bytes", strings.Repeat("0", 32), ""},
		{"another byte for the comma", "5:hellox", ""},
		{"another byte for the comma, long", long[:len(long)-1] + "x", ""},
		{"a byte after", aRequest + "x", ""},
		{"a newline after", aRequest + "\n", ""},
		{"a second mail", aRequest + aRequest, ""},
		{"a byte after a long one", long + "x", ""},
		{"a second mail after a long one", long + aRequest, ""},
	}
}

// exactly returns a valid request of n bytes.
func exactly(n int) string {
	for size := n; size > n-100; size-- {
		if r := netstring(netstring(strings.Repeat("x", size)), aSender, aRecipient); len(r) == n {
			return r
		}
	}
	panic(fmt.Sprintf("no request has %d bytes", n))
}

func badAddresses() (cases []refused) {
	for _, bad := range []string{
		"bad", "@", "a@", "@b", "a b@example.com", "a@example..com", "a@-example.com", "a@example.com\n", "a@exam\x00ple.com",
		"a@[1.2.3]", "\"a@example.com", "a\xff@example.com", strings.Repeat("x", 65) + "@example.com",
		"a@" + strings.Repeat("x", 64) + ".com", "a@" + strings.Repeat("abcdefg.", 40) + "com",
	} {
		cases = append(cases,
			refused{fmt.Sprintf("sender %.30q", bad), request("m", bad, "r@example.com"), "Dbad address"},
			refused{fmt.Sprintf("recipient %.30q", bad), request("m", "s@example.com", bad), "Dbad address"},
			refused{fmt.Sprintf("last recipient %.30q", bad), request("m", "s@example.com", "a@b", "b@c", bad), "Dbad address"})
	}
	return append(cases,
		refused{"empty recipient", request("m", "s@example.com", ""), "Dbad address"},
		refused{"postmaster as sender", request("m", "postmaster", "r@example.com"), "Dbad address"},
		refused{"double bounce as recipient", request("m", "s@example.com", "#@[]"), "Dbad address"})
}

func tooMany() []refused {
	return []refused{
		{"1025 recipients", request("m", "s@example.com", manyRecipients(1025)...), "Dtoo many recipients"},
		{"1025 recipients, one bad", request("m", "s@example.com", append(manyRecipients(1024), "bad")...), "Dtoo many recipients"},
		{"1 too large", netstring(strings.Repeat("x", 1<<20+1)), "Dmessage too large"},
		{"too large, length only", "1048577:", "Dmessage too large"},
		{"huge", "9223372036854775808:", "Dmessage too large"},
		{"more digits than any number has", strings.Repeat("9", 31) + ":", "Dmessage too large"},
		{"digits without end", strings.Repeat("9", 40), "Dmessage too large"},
	}
}

func manyRecipients(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("r%d@example.com", i)
	}
	return all
}

// Each refusal is told in one log line, makes no log record, and leaves the
// server able to take the next mail.
func TestRefusals(t *testing.T) {
	b := newBed(t, "log_server = '{log}' max_size = 2^20 qmqp_listen('{sock}', function(m) print('handler ran') return m:discard() end)")
	cases := append(append(append(malformed(), outerErrors()...), badAddresses()...), tooMany()...)
	for _, c := range cases {
		before := b.log.Count("")
		if got := b.dial().exchange(c.request); got != c.reply {
			t.Errorf("%s: got %q, want %q", c.name, got, c.reply)
		}
		eventually(t, c.name+" ends", func() bool { return b.server.Inflight() == 0 })
		if lines := b.log.Count("") - before; lines != 1 {
			t.Errorf("%s: %d log lines", c.name, lines)
		}
		if r, ok := b.records.next(); ok {
			t.Errorf("%s: log record %+v", c.name, r)
		}
	}
	if b.printed.String() != "" {
		t.Errorf("the handler was called for something that is no mail")
	}
	b.logged("refused", "Dbad address", "pid=", "uid=")
	b.logged("closed without reply", "pid=", "uid=")
	if got := b.reply(aRequest); got != "Kdiscarded" {
		t.Errorf("afterwards: got %q", got)
	}
}

func TestAccepted(t *testing.T) {
	b := handle(t, "return m:discard()")
	for name, request := range map[string]string{
		"small":                aRequest,
		"fits exactly":         exactly(firstRead),
		"fits but for a byte":  exactly(firstRead + 1),
		"less than fits":       exactly(firstRead - 1),
		"empty message":        request("", "s@example.com", "r@example.com"),
		"leading zeros":        "000000" + aRequest,
		"1024 recipients":      request("m", "s@example.com", manyRecipients(1024)...),
		"bounce":               request("m", "", "r@example.com"),
		"double bounce":        request("m", "#@[]", "r@example.com"),
		"VERP bounce":          request("m", "list-@[]", "r@example.com"),
		"postmaster":           request("m", "s@example.com", "PostMaster"),
		"quoted":               request("m", `"a \" b"@example.com`, `""@example.com`),
		"literals":             request("m", "s@[127.0.0.1]", "r@[IPv6:::1]"),
		"UTF-8":                request("m", "jürgen@exämple.com", "r@example.com"),
		"the longest address":  request("m", strings.Repeat("x", 64)+"@"+strings.Repeat("abcdefg.", 23)+"exmpl", "r@example.com"),
		"NUL in the message":   request("a\x00b\r\n\xff", "s@example.com", "r@example.com"),
		"netstrings in netsts": request(aRequest, "s@example.com", "r@example.com"),
	} {
		if got := b.reply(request); got != "Kdiscarded" {
			t.Errorf("%s: got %q\n%s", name, got, b.log.String())
		}
	}
}

// max_size holds for the payload of the outer netstring.
func TestMaxSize(t *testing.T) {
	b := newBed(t, "log_server = '{log}' max_size = 1024 qmqp_listen('{sock}', function(m) return m:discard() end)")
	for size, want := range map[int]string{1023: "Kdiscarded", 1024: "Kdiscarded", 1025: "Dmessage too large"} {
		r := exactly(size + len("1024:,"))
		if got := b.dial().exchange(r); got != want {
			t.Errorf("%d bytes: got %q, want %q", size, got, want)
		}
	}
	b.records.all()
}

// A client that sends far more than is allowed must get to read the reply.
func TestTooLargeIsReadable(t *testing.T) {
	for _, network := range []string{"unix", "tcp"} {
		b := newBed(t, "qmqp_listen('{sock}', function(m) end) qmqp_listen('127.0.0.1:0', function(m) end)")
		addr := map[string]string{"unix": b.path(), "tcp": b.server.Listeners()[1]}[network]
		c := dialTo(t, network, addr)
		c.send("100000000:")
		chunk := strings.Repeat("x", 1<<20)
		for range 100 {
			c.send(chunk)
		}
		if got := c.reply(); got != "Dmessage too large" {
			t.Errorf("%s: got %q", network, got)
		}
	}
}

// What follows a refusal is read for a bounded time, also if the client sends
// so fast that no read has to wait.
func TestDrainIsBounded(t *testing.T) {
	b := newBed(t, "qmqp_listen('{sock}', function(m) end)", func(p *plan) { p.limits.drain = 50 * time.Millisecond })
	c := b.dial()
	done := make(chan struct{})
	go func() {
		defer close(done)
		chunk := []byte(strings.Repeat("9", 1<<16))
		for err := error(nil); err == nil; {
			_, err = c.Write(chunk)
		}
	}()
	eventually(t, "the server hangs up", func() bool { return b.log.Count("refused") == 1 && b.server.Inflight() == 0 })
	<-done
}
