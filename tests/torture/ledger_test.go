package torture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"sync"
	"time"

	"qrelay/runtime/qmqp"
)

// An outcome is what a client has learned about its mail.
type outcome int

const (
	open       outcome = iota // nothing yet
	accepted                  // K
	deferred                  // Z
	rejected                  // D
	refused                   // there was no connection
	unanswered                // the connection ended without reply
	outcomes
)

// A ledger knows what became of each mail, on both sides. Each mail has a
// number of its own and is submitted once; a client that tries again would
// submit another one. So whatever arrives twice was duplicated by the relay.
type ledger struct {
	mu      sync.Mutex
	row     *row
	clients []outcome // by the mail's number
	count   [outcomes]int
	texts   map[string]int // of Z and D
	took    []time.Duration
	arrived map[int]int // at the next hop
	damaged []string
}

func newLedger(r *row) *ledger {
	return &ledger{row: r, texts: map[string]int{}, arrived: map[int]int{}}
}

// next gives a mail its number.
func (l *ledger) next() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clients = append(l.clients, open)
	return len(l.clients) - 1
}

// told notes what the client of a mail has learned.
func (l *ledger) told(id int, o outcome, text string, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clients[id] = o
	l.count[o]++
	switch o {
	case accepted:
		l.took = append(l.took, took)
	case deferred, rejected:
		l.texts[text]++
		l.took = append(l.took, took)
	}
}

// counted returns how many mails have had an outcome so far.
func (l *ledger) counted(o outcome) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count[o]
}

// slowest returns the time within which 99 % of the mails were answered.
func (l *ledger) slowest() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.took) == 0 {
		return 0
	}
	slices.Sort(l.took)
	return l.took[len(l.took)*99/100]
}

// message makes a mail that can be checked: number, size and checksum of its
// body are in its header.
func message(id, size int) []byte {
	line := fmt.Appendf(nil, "This is mail %d, which must arrive as it is.\n", id)
	body := bytes.Repeat(line, size/len(line)+1)
	return fmt.Appendf(nil, "X-Torture: %d %d %08x\n\n%s", id, len(body), crc32.ChecksumIEEE(body), body)
}

var errDamaged = errors.New("damaged")

// read returns the number of a mail that has arrived whole.
func read(text []byte) (id int, err error) {
	at := bytes.Index(text, []byte("X-Torture: "))
	header, body, ok := bytes.Cut(text[max(at, 0):], []byte("\n\n"))
	var size int
	var sum uint32
	if _, err := fmt.Sscanf(string(header), "X-Torture: %d %d %x", &id, &size, &sum); err != nil {
		return 0, fmt.Errorf("%w: %w", errDamaged, err)
	}
	if !ok || len(body) != size || crc32.ChecksumIEEE(body) != sum {
		return id, fmt.Errorf("%w: mail %d has %d bytes of %d", errDamaged, id, len(body), size)
	}
	return id, nil
}

// Store makes the ledger the store of a sink.
func (l *ledger) Store(_ context.Context, r qmqp.Request) (string, error) {
	l.arrive(r.Message)
	return "noted", nil
}

func (l *ledger) arrive(text []byte) {
	id, err := read(text)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.damaged = append(l.damaged, err.Error())
		return
	}
	l.arrived[id]++
}
