package torture

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"qrelay/runtime/qmqp"
)

// mostTime is how long a client of the matrix may have to wait for its reply:
// half a minute for memory, and some.
const mostTime = 60 * time.Second

// A cell is one mail of the matrix: what becomes of it, who partakes, and how
// the client behaves.
type cell struct {
	id       int
	action   string
	partner  int
	want     string // the letter, unless something is short
	customer *customer

	outcome outcome
	text    string
}

func (c *cell) String() string {
	return fmt.Sprintf("mail %d, %s, partner %d, client %s", c.id, c.action, c.partner, c.customer.name)
}

// A matrix is all that its mails share.
type matrix struct {
	*bed
	partners []partner
	records  *recorder
	size     int // of messages
	plenty   bool

	mu   sync.Mutex
	took map[int]bool
}

// matrixOf makes a scenario of all actions, partners and clients under a fault.
func matrixOf(f shortage) func(*bed) {
	return func(b *bed) {
		m := &matrix{bed: b, partners: partners(), records: b.recorder(), size: max(f.size, 200), plenty: f.none(), took: map[int]bool{}}
		p := plan{args: f.args, before: fmt.Sprintf("log_server = '%s'\n%s", m.records.addr, m.scripts())}
		p.handler = fmt.Sprintf(`
			local action, partner = m:header('X-Action'), tonumber(m:header('X-Partner'))
			if m:header('X-Resolve') then socket:connect(m:header('X-Resolve')) end
			if not partner then return m:discard() end
			local options = {timeout = tonumber(m:header('X-Timeout'))}
			if action == 'connect' then return m:connect(%[1]q .. '/p' .. partner, options) end
			if action == 'exec' or action == 'exec_raw' then
				local shell = scripts[partner] ~= '' and '/bin/sh' or '/nonexistent'
				return m[action](m, shell, '-c', 'id=$1; took() { : >%[1]s/took.$id; }; ' .. scripts[partner], 'sh', m.sender:match('%%d+'), options)
			end
			return m[action](m)`, b.dir)
		if err := os.Chmod(b.dir, 0o777); err != nil { // programs of another user note there what they took
			b.Fatal(err)
		}
		strike := func(*daemon) func() { return func() {} }
		if f.prepare != nil {
			strike = f.prepare(b, &p)
		}
		endHops := b.hops(m.partners, func(id int) { m.accept(id) })
		d := b.start(p)
		d.warm()
		lift := strike(d)
		cells := m.cells()
		m.planned(len(cells))
		m.run(d, cells)
		lift()
		endHops()
		m.judge(cells)
		d.finish()
	}
}

// scripts are those of all partners, as a Lua table.
func (m *matrix) scripts() string {
	var b strings.Builder
	for i, p := range m.partners {
		fmt.Fprintf(&b, "[%d] = %q, ", i, p.script)
	}
	return "scripts = {" + b.String() + "}"
}

// cells are all mails: each action with each partner and each client in full
// size; each action with each partner, and all clients in turn, otherwise. The
// turns are others in each scenario.
func (m *matrix) cells() (all []*cell) {
	add := func(turn int, action string, partner int, want string) {
		for i := range customers {
			if full() || i == turn%len(customers) {
				all = append(all, &cell{id: m.ledger.next(), action: action, partner: partner, want: want, customer: &customers[i]})
			}
		}
	}
	first := 2 * len(m.report.rows)
	for i, p := range m.partners {
		for j, action := range []string{"connect", "exec", "exec_raw"} {
			add(first+i+3*j, action, i, p.letters[j])
		}
	}
	for i := range pick(len(customers), 1) {
		add(i, "discard", 0, "K")
		add(i, "reject", 0, "D")
	}
	return all
}

// run has sixteen clients at a time.
func (m *matrix) run(d *daemon, cells []*cell) {
	work := make(chan *cell)
	var clients sync.WaitGroup
	for range 16 {
		clients.Go(func() {
			for c := range work {
				c.outcome, c.text = c.customer.buy(d.socket, c.id, m.request(c), mostTime)
				m.fault()
			}
		})
	}
	for _, c := range cells {
		work <- c
	}
	close(work)
	clients.Wait()
}

func (m *matrix) request(c *cell) []byte {
	timeout := "100"
	if m.partners[c.partner].stalls {
		timeout = "0.3"
	}
	// The number comes first, where partners look for it.
	line, rest, _ := strings.Cut(string(message(c.id, m.size)), "\n")
	text := fmt.Sprintf("%s\nX-Action: %s\nX-Partner: %d\nX-Timeout: %s\n%s", line, c.action, c.partner, timeout, rest)
	head, tail := qmqp.AppendRequest(nil, nil, nil, int64(len(text)), fmt.Sprintf("m%d@example.com", c.id), []string{"bob@example.org"})
	return append(append(head, text...), tail...)
}

func (m *matrix) accept(id int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.took[id] = true
}

// judge compares what each client was told with what its partner did, and
// counts log records: K if and only if the mail was accepted, one reply to whoever
// waits for it, one record of each mail.
func (m *matrix) judge(cells []*cell) {
	files, err := filepath.Glob(m.path("took.*"))
	if err != nil {
		m.Fatal(err)
	}
	for _, file := range files {
		var id int
		if _, err := fmt.Sscanf(filepath.Base(file), "took.%d", &id); err != nil {
			m.Fatal(err)
		}
		m.accept(id)
	}
	var count [outcomes]int
	lost, untold := 0, 0
	for _, c := range cells {
		count[c.outcome]++
		took := m.took[c.id] || c.action == "discard" && c.customer.whole
		if c.outcome == accepted && !took {
			lost++
			m.Errorf("%v: got %q, but nobody accepted it", c, c.text)
		}
		if c.outcome != accepted && took && c.action != "discard" {
			untold++
		}
		m.judgeReply(c, took)
		records := 0
		if c.customer.whole {
			records = 1
			m.eventually(c.String()+" has a log record", func() bool { return m.records.count(c.id) > 0 })
		}
		if n := m.records.count(c.id); n != records {
			m.Errorf("%v: %d log records, want %d", c, n, records)
		}
		m.passed()
	}
	m.report.update(func() {
		m.row.mails, m.row.count, m.row.lost, m.row.untold = len(cells), count, lost, untold
	})
}

// judgeReply checks the reply by itself.
func (m *matrix) judgeReply(c *cell, took bool) {
	letter := c.text[:min(1, len(c.text))]
	switch {
	case c.outcome == open || c.outcome == refused:
		m.Errorf("%v: %s", c, c.text)
	case !c.customer.waits:
	case !c.customer.whole:
		if took || c.outcome == accepted {
			m.Errorf("%v: got %q, accepted %v, but it is no mail", c, c.text, took)
		}
	case letter == c.want, letter == "Z" && !m.plenty:
		if took != (c.outcome == accepted) {
			m.Errorf("%v: got %q, accepted: %v", c, c.text, took)
		}
	default:
		m.Errorf("%v (%s): got %.100q, want %s", c, m.partners[c.partner].name, c.text, c.want)
	}
}
