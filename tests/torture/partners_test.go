package torture

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"qrelay/runtime/qmqp"
)

// A partner is what a next hop or a program does with a mail. The letters are
// what the client must be told then by connect, exec and exec_raw, of which the
// last takes what a program says for mere text. A script's $1 is the mail's
// number; "took" notes that the mail has been accepted.
type partner struct {
	name    string
	play    func(*call) // nil: nobody listens
	script  string      // "": there is no such program
	letters [3]string
	stalls  bool // it does not end by itself
}

func each(letter string) [3]string { return [3]string{letter, letter, letter} }

// partners returns all there are.
func partners() []partner {
	all := []partner{
		{name: "accepts", play: says("3:Kok,"), script: "cat >/dev/null && took && printf 3:Kok,", letters: each("K")},
		{name: "defers", play: says("3:Zno,"), script: "cat >/dev/null; printf 3:Zno,; exit 75", letters: each("Z")},
		{name: "rejects", play: says("3:Dno,"), script: "cat >/dev/null; printf 3:Dno,; exit 77", letters: each("D")},
		{name: "is not there", letters: each("Z")},
		{name: "never reads", play: func(c *call) { c.accept("3:Kok,"); c.hold() }, script: "took && printf 3:Kok,", letters: each("K")},
		{name: "reads half, accepts", play: func(c *call) { c.skip(100); c.accept("3:Kok,"); c.hold() }, script: "head -c 100 >/dev/null && took && printf 3:Kok,", letters: each("K")},
		{name: "stalls at once", play: func(c *call) { c.hold() }, script: "exec sleep 1000", letters: each("Z"), stalls: true},
		{name: "stalls in the middle", play: func(c *call) { c.skip(100); c.hold() }, script: "head -c 100; exec sleep 1000", letters: each("Z"), stalls: true},
		{name: "stalls before it answers", play: func(c *call) { c.request(); c.hold() }, script: "cat >/dev/null; exec sleep 1000", letters: each("Z"), stalls: true},
		{name: "stalls in its answer", play: func(c *call) { c.request(); c.say("3:Ko"); c.hold() }, script: "cat >/dev/null; printf 3:Kok,; exec sleep 1000", letters: each("Z"), stalls: true},
		{name: "ends at once", play: func(*call) {}, script: "exit 1", letters: each("Z")},
		{name: "ends in the middle", play: func(c *call) { c.skip(100) }, script: "head -c 100 >/dev/null; exit 1", letters: each("Z")},
		{name: "says nothing", play: func(c *call) { c.request() }, script: "cat >/dev/null; exit 1", letters: each("Z")},
		{name: "ends in its answer", play: says("3:Kno"), script: "cat >/dev/null; printf 3:Kno; exit 1", letters: each("Z")},
		{name: "says K and fails", play: says("3:Kno"), script: "cat >/dev/null; printf 3:Kok,; exit 1", letters: each("Z")},
		{name: "answers by bytes", play: func(c *call) { c.request(); c.note(); c.bytewise("3:Kok,") }, script: "cat >/dev/null && took && for b in 3 : K o k ,; do printf $b; done", letters: each("K")},
		{name: "answers garbage", play: says("HTTP/1.0 400 Bad Request\r\n\r\n"), script: "cat >/dev/null; echo garbage; exit 75", letters: each("Z")},
		{name: "answers too long", play: says("9000:D" + strings.Repeat("x", 8999) + ","), script: "cat >/dev/null; printf 9000:D; printf %08999d, 0; exit 77", letters: each("D")},
		{name: "talks without end", play: func(c *call) { c.request(); c.endless() }, script: "while :; do echo Kyes; done", letters: each("Z"), stalls: true},
		{name: "writes a lot", play: func(c *call) { c.request(); c.note(); c.much("Kyes") }, script: fmt.Sprintf("cat >/dev/null; head -c %d /dev/zero; exit 1", much), letters: [3]string{"K", "Z", "Z"}},
		{name: "leaves a grandchild", play: says("3:Kok,"), script: "cat >/dev/null; (exec sleep 5) & took && printf 3:Kok,", letters: each("K")},
	}
	for _, sig := range []unix.Signal{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 29, 30, 31} {
		all = append(all, partner{name: "dies by " + unix.SignalName(sig), play: says("3:Kn"), letters: each("Z"),
			script: fmt.Sprintf("ulimit -c 0; printf 3:Kok,; kill -%d $$; exec sleep 1000", sig)})
	}
	return all
}

// much is more than anybody keeps of an answer.
const much = 16 << 20

// A call is a connection to a next hop.
type call struct {
	net.Conn
	in    *bufio.Reader
	note  func()          // the mail has been accepted
	ended <-chan struct{} // closed at the end of the scenario
}

// says reads the request and answers it; it has not accepted the mail unless
// the answer is K as a whole.
func says(answer string) func(*call) {
	return func(c *call) {
		if !c.request() {
			return
		}
		if strings.HasPrefix(answer, "3:K") && strings.HasSuffix(answer, ",") {
			c.note()
		}
		c.say(answer)
	}
}

func (c *call) say(text string) { io.WriteString(c, text) }

// accept answers without reading.
func (c *call) accept(answer string) {
	c.note()
	c.say(answer)
}

func (c *call) bytewise(text string) {
	for i := range len(text) {
		c.say(text[i : i+1])
	}
}

func (c *call) skip(n int) { io.CopyN(io.Discard, c.in, int64(n)) }

// hold does nothing until the end.
func (c *call) hold() { <-c.ended }

// endless is an answer that does not come to its end.
func (c *call) endless() {
	c.say("1000000000000:K")
	for text := strings.Repeat("x", 1<<16); ; {
		if _, err := io.WriteString(c, text); err != nil {
			return
		}
	}
}

// much is one of many bytes.
func (c *call) much(beginning string) {
	size := much
	fmt.Fprintf(c, "%d:%s", size+len(beginning), beginning)
	for text := strings.Repeat("x", 1<<16); size > 0; size -= len(text) {
		if _, err := io.WriteString(c, text); err != nil {
			return
		}
	}
	c.say(",")
}

// request reads a whole request. It returns false if none comes.
func (c *call) request() bool {
	digits, err := c.in.ReadBytes(':')
	if err != nil {
		return false
	}
	size, _, err := qmqp.ParseHeader(digits, 1<<30)
	if err != nil {
		return false
	}
	_, err = io.CopyN(io.Discard, c.in, size+1)
	return err == nil
}

// hops has a listener for each partner that plays one: at the path "p" and its
// number. They end with the returned function.
func (b *bed) hops(all []partner, note func(id int)) (end func()) {
	b.Helper()
	ended := make(chan struct{})
	var listeners []net.Listener
	var serving sync.WaitGroup
	for i, p := range all {
		if p.play == nil {
			continue
		}
		path := b.path(fmt.Sprintf("p%d", i))
		l, err := net.Listen("unix", path)
		if err == nil {
			err = os.Chmod(path, 0o666)
		}
		if err != nil {
			b.Fatal(err)
		}
		listeners = append(listeners, l)
		serving.Go(func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				serving.Go(func() { serveCall(conn, p.play, note, ended) })
			}
		})
	}
	end = sync.OnceFunc(func() {
		close(ended)
		for _, l := range listeners {
			l.Close()
		}
		serving.Wait()
	})
	b.Cleanup(end)
	return end
}

// serveCall looks at the number of the mail, and plays.
func serveCall(conn net.Conn, play func(*call), note func(id int), ended <-chan struct{}) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	head, _ := in.Peek(200) // all requests are longer
	id, _ := read(head)     // of which this is the beginning
	if id == 0 {            // the number of a mail in quiet times
		return
	}
	play(&call{conn, in, func() { note(id) }, ended})
}
