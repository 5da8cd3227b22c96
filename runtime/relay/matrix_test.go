package relay

import (
	"strings"
	"testing"

	"qrelay/runtime/pond"
)

// partners are what a next hop or program does, by name, and the status that
// the client must be told then. For exec_raw a program's response is just text.
var partners = map[string]struct {
	play   func(*caller)
	script string
	hop    string // the letter of connect
	exec   string // of exec
	raw    string // of exec_raw
}{
	"accepts":   {answers("3:Kok,"), "cat >/dev/null; printf 3:Kok,", "K", "K", "K"},
	"defers":    {answers("3:Zno,"), "cat >/dev/null; printf 3:Zno,; exit 75", "Z", "Z", "Z"},
	"rejects":   {answers("3:Dno,"), "cat >/dev/null; printf 3:Dno,; exit 77", "D", "D", "D"},
	"babbles":   {answers("hello,"), "cat >/dev/null; printf hello; exit 1", "Z", "Z", "Z"},
	"lies":      {answers("3:Kno"), "cat >/dev/null; printf 3:Kok,; exit 1", "Z", "Z", "Z"},
	"is silent": {func(*caller) {}, "exit 1", "Z", "Z", "Z"},
	"is early":  {func(c *caller) { c.say("3:Kok,"); c.read() }, "printf 3:Kok,", "K", "K", "K"},
	"dies":      {func(c *caller) { c.in.Read(make([]byte, 10)) }, "kill -9 $$", "Z", "Z", "Z"},
	"stalls":    {func(c *caller) { c.wait() }, "exec sleep 1000", "Z", "Z", "Z"},
}

// customers are how a client sends its request.
var customers = map[string]func(*client, string){
	"at once":    func(c *client, request string) { c.send(request) },
	"in halves":  func(c *client, request string) { c.send(request[:len(request)/2]); c.send(request[len(request)/2:]) },
	"half-close": func(c *client, request string) { c.send(request); c.closeWrite() },
	"by bytes": func(c *client, request string) {
		for i := range len(request) {
			c.send(request[i : i+1])
		}
	},
}

// matrixBed has a handler that does what the Action header says, with a
// partner that the Partner header names.
func matrixBed(t *testing.T) *bed {
	t.Helper()
	h := newHop(t, func(c *caller) {
		head, err := c.in.Peek(100)
		if err != nil {
			return
		}
		for name, p := range partners {
			if strings.Contains(string(head), "Partner: "+name+"\n") {
				p.play(c)
			}
		}
	})
	var scripts strings.Builder
	for name, p := range partners {
		scripts.WriteString("['" + name + "'] = '" + p.script + "', ")
	}
	return handle(t, `
		local scripts = {`+scripts.String()+`}
		local action, partner = m:header('Action'), m:header('Partner')
		local options = {timeout = partner == 'stalls' and 0.1 or 100}
		if action == 'connect' then return m:connect('{hop}', options) end
		if action == 'exec' or action == 'exec_raw' then return m[action](m, '/bin/sh', '-c', scripts[partner], options) end
		return m[action](m)`, hopAt(h))
}

// Whatever the client's habits and the partner's behaviour, the client is told
// K if and only if the mail was accepted, there is one reply and one log
// record, and the next mail is served.
func TestMatrix(t *testing.T) {
	b := matrixBed(t)
	for partner, p := range partners {
		letters := map[string]string{"discard": "K", "reject": "D", "connect": p.hop, "exec": p.exec, "exec_raw": p.raw}
		for action, letter := range letters {
			for habit, send := range customers {
				c := b.dial()
				send(c, request("Partner: "+partner+"\nAction: "+action+"\n\nbody\n", "s@example.com", "r@example.com"))
				reply := c.reply()
				records := b.records.all()
				if !strings.HasPrefix(reply, letter) {
					t.Errorf("%s, client sends %s, partner %s: got %q, want %s", action, habit, partner, reply, letter)
				}
				if text := strings.TrimSpace("from=<s@example.com> to=<r@example.com> " + reply[1:]); len(records) != 1 || records[0].Message != text {
					t.Errorf("%s, client sends %s, partner %s: log records %+v", action, habit, partner, records)
				}
			}
		}
	}
}

// Clients that hang up as soon as they have sent their request leave nothing
// behind but one log record each.
func TestMatrixOfTheImpolite(t *testing.T) {
	b := matrixBed(t)
	for partner := range partners {
		for _, action := range []string{"discard", "reject", "connect", "exec", "exec_raw"} {
			c := b.dial()
			c.send(request("Partner: "+partner+"\nAction: "+action+"\n\nbody\n", "s@example.com", "r@example.com"))
			c.Close()
			var records []pond.Record
			eventually(t, "the mail ends", func() bool {
				records = append(records, b.records.all()...)
				return len(records) > 0 && b.server.Inflight() == 0
			})
			if records = append(records, b.records.all()...); len(records) != 1 {
				t.Errorf("%s, partner %s: log records %+v", action, partner, records)
			}
		}
	}
	eventually(t, "the programs end", func() bool { return b.server.children.Running() == 0 })
}
