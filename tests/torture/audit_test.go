package torture

// A rule says what may be true of a mail that arrived without K.
type rule int

const (
	// mayArrive: the reply may have been lost on its way.
	mayArrive rule = iota
	// mustNotArrive: no reply means that nobody has touched the mail.
	mustNotArrive
)

// audit compares what clients were told with what arrived. It is called when
// both sides have ended.
func (b *bed) audit(silence rule) {
	b.Helper()
	l := b.ledger
	p99 := l.slowest()
	l.mu.Lock()
	defer l.mu.Unlock()
	var lost, twice, untold int
	for id, o := range l.clients {
		n := l.arrived[id]
		switch {
		case o == accepted && n == 0:
			lost++
		case o != accepted && n > 0:
			untold++
		}
		twice += max(0, n-1)
		if o == open || (o == refused || o == unanswered && silence == mustNotArrive) && n > 0 {
			b.Errorf("mail %d: outcome %d for the client, but it has arrived %d times", id, o, n)
		}
	}
	if lost > 0 || twice > 0 || len(l.damaged) > 0 || l.count[rejected] > 0 {
		b.Errorf("%d mails lost, %d duplicated, %d damaged %.200q, %d rejected (%v)", lost, twice, len(l.damaged), l.damaged, l.count[rejected], l.texts)
	}
	b.report.update(func() {
		b.row.mails, b.row.count, b.row.p99 = len(l.clients), l.count, p99
		b.row.lost, b.row.twice, b.row.untold = lost, twice, untold
		b.row.texts = l.texts
	})
}
