package relay

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"qrelay/runtime/qmqp"
)

// FuzzConnection sends arbitrary bytes in arbitrary pieces: byte n of cuts is
// the length of piece n. Whatever comes, the server closes the connection after
// at most one reply, and stays alive.
func FuzzConnection(f *testing.F) {
	long := request(strings.Repeat("x", 2*firstRead), "s@example.com", "r@example.com")
	for _, seed := range []string{
		"", aRequest, long, aRequest + "x", aRequest[:20], "hello", "0:,", "5:hello,", "046:1:m,18:sender@example.com,16:rcpt@example.org,,",
		"99999999999:", "1048577:" + long, request("m", "bad", "r@example.com"), request("m", "", "a@b", "c@d"),
		netstring(aMessage, aSender), netstring("01:m,", aSender, aRecipient), long[:len(long)-1] + ";",
	} {
		f.Add([]byte(seed), []byte{})
		f.Add([]byte(seed), []byte{1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233})
	}
	b := newBed(f, "max_size = 2^20 qmqp_listen('{sock}', function(m) return m:discard() end)", func(p *plan) {
		quiet(p)
		p.limits.drain = 20 * time.Millisecond
	})
	f.Fuzz(func(t *testing.T, input, cuts []byte) { fuzzOnce(t, b, input, cuts) })
}

func fuzzOnce(t *testing.T, b *bed, input, cuts []byte) {
	conn, err := net.Dial("unix", b.path())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	rest := input
	for _, n := range append(cuts, 0) {
		piece := rest[:min(int(n), len(rest))]
		if n == 0 {
			piece = rest
		}
		if rest = rest[len(piece):]; len(piece) == 0 {
			continue
		}
		if _, err := conn.Write(piece); err != nil {
			break // the server has seen enough
		}
	}
	conn.(*net.UnixConn).CloseWrite()
	reply, err := io.ReadAll(conn)
	if e, ok := err.(net.Error); ok && e.Timeout() {
		t.Fatalf("the server hangs at %q", input)
	}
	checkReply(t, input, reply)
}

// checkReply checks that a reply is none or one, and accepts only what is a
// mail.
func checkReply(t *testing.T, input, reply []byte) {
	if len(reply) == 0 {
		return
	}
	size, rest, err := qmqp.ParseHeader(reply, 1000)
	if err != nil || int(size)+1 != len(rest) || rest[size] != ',' {
		t.Fatalf("reply %q to %q", reply, input)
	}
	if rest[0] != 'K' {
		return
	}
	size, rest, err = qmqp.ParseHeader(input, 1<<20)
	if err != nil || int(size)+1 > len(rest) || rest[size] != ',' {
		t.Fatalf("%q was accepted", input)
	}
	if _, err := qmqp.ParseRequest(rest[:size]); err != nil {
		t.Fatalf("%q was accepted: %v", input, err)
	}
}

// A role is what a next hop does: it reads so much of the request, or all of it
// if that is 0, says something, and closes.
type role struct {
	reads int64
	says  []byte
}

// FuzzConversation has a whole mail, in which the next hop says anything at any
// moment, and the client waits, closes its side, or hangs up at any byte.
// Whatever happens, the client is told K only if the next hop has said K, and
// exactly what it has said if it listened; and there is one log record of a mail
// and none of less than a mail.
func FuzzConversation(f *testing.F) {
	for i, says := range []string{"3:Kok,", "3:Zno,", "3:Dno,", "3:Kno", "0:,", "1:K,x", "", "hello", "03:Kok,", "5000:K" + strings.Repeat("x", 4999) + ",", "99999999999999999999:"} {
		f.Add([]byte(says), byte(0), byte(i%3), uint16(0))
		f.Add([]byte(says), byte(20*i), byte(i%4), uint16(7*i))
	}
	var now atomic.Pointer[role]
	h := newHop(f, func(c *caller) {
		if r := now.Load(); r.reads > 0 {
			io.CopyN(io.Discard, c.in, r.reads)
			c.Write(r.says)
		} else if c.read() {
			<-c.hop.requests
			c.Write(r.says)
		}
	})
	b := handle(f, "return m:connect('{hop}')", quiet, hopAt(h))
	f.Fuzz(func(t *testing.T, says []byte, reads, manner byte, cut uint16) {
		now.Store(&role{int64(reads), says})
		converse(t, b, now.Load(), manner%4, int(cut))
	})
}

func converse(t *testing.T, b *bed, r *role, manner byte, cut int) {
	all := request("Subject: test\n\n"+strings.Repeat("x", 300), "s@example.com", "r@example.com")
	text, whole := all, manner != 3
	if !whole {
		text = all[:cut%len(all)]
	}
	reply := talk(t, b, text, manner)
	talk(t, b, all, 0) // connections are accepted in turn: it has seen the first one
	eventually(t, "the exchange ends", func() bool { return b.server.Inflight() == 0 })
	b.records.t = t
	defer func() { b.records.t = b.t }()
	if n := len(b.records.all()); n != map[bool]int{true: 2, false: 1}[whole] {
		t.Fatalf("%d log records, of another mail too; whole: %v", n, whole)
	}
	if manner < 2 {
		checkRelayed(t, r, reply)
	}
}

// talk sends text and then waits for the reply (0), also after closing its side
// (1), or hangs up (2, 3).
func talk(t *testing.T, b *bed, text string, manner byte) (reply []byte) {
	conn, err := net.Dial("unix", b.path())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, text); err != nil || manner > 1 {
		return nil
	}
	if manner == 1 {
		conn.(*net.UnixConn).CloseWrite()
	}
	if reply, err = io.ReadAll(conn); err != nil {
		t.Fatal(err)
	}
	return reply
}

// checkRelayed compares a reply with what the next hop has said.
func checkRelayed(t *testing.T, r *role, reply []byte) {
	got, err := qmqp.ReadResponse(bytes.NewReader(reply))
	if err != nil {
		t.Fatalf("reply %q to %q: %v", reply, r.says, err)
	}
	want, err := qmqp.ReadResponse(bytes.NewReader(r.says))
	switch {
	case err == nil && got == want:
	case got.Status != qmqp.StatusDeferred, err == nil && r.reads == 0:
		t.Fatalf("got %q, the next hop said %q", got, r.says)
	}
}
