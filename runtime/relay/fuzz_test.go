package relay

import (
	"io"
	"net"
	"strings"
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
