package sink

import "sync"

// An outcome is what becomes of one mail.
type outcome int

const (
	store outcome = iota
	deferred
	rejected
	dropped
	outcomes // how many there are
)

// A dealer deals outcomes in exact shares, evenly spread and always in the same
// order: smooth weighted round-robin, as nginx spreads requests over servers.
// Of any hundred mails, "10%" is ten.
type dealer struct {
	mu     sync.Mutex
	weight [outcomes]Share
	credit [outcomes]Share
}

func newDealer(deferShare, rejectShare, dropShare Share) *dealer {
	rest := whole - deferShare - rejectShare - dropShare
	return &dealer{weight: [outcomes]Share{store: rest, deferred: deferShare, rejected: rejectShare, dropped: dropShare}}
}

func (d *dealer) next() outcome {
	d.mu.Lock()
	defer d.mu.Unlock()
	best := store
	for o := range outcomes {
		d.credit[o] += d.weight[o]
		if d.credit[o] > d.credit[best] {
			best = o
		}
	}
	d.credit[best] -= whole
	return best
}
