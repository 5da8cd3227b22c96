package relay

import (
	"cmp"
	"slices"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/qmqp"
)

// A Stage is what a connection is at.
type Stage uint8

// The stages, in their order.
const (
	Receiving Stage  = iota // the client sends its request
	Waiting                 // other tasks have the Lua turn
	Handling                // the handler runs, or waits for something
	Relaying                // the action is done
	Answering               // the client takes the reply
	Stages    = iota        // how many there are
)

// String returns the stage in one word.
func (s Stage) String() string {
	return [Stages]string{"receive", "turn", "handler", "relay", "answer"}[s]
}

// An Observer is told about each connection that has ended. Ended is called by
// many goroutines and must not wait.
type Observer interface {
	Ended(o *Outcome)
}

// An Outcome is what became of a connection.
type Outcome struct {
	Listener string
	// Refusal is why the connection brought no mail; empty if it did. It is
	// one of Refusals.
	Refusal string
	// Action is the kind of the action; "none" if there was none.
	Action string
	// Reply is what the client was told; it counts if Replied.
	Reply   qmqp.Status
	Replied bool
	// ScriptFailed tells that the handler ended with an error.
	ScriptFailed bool
	// Took has the time of each stage; 0 for those that were not reached.
	Took  [Stages]time.Duration
	Total time.Duration
	// Received and Sent are the bytes of messages with their envelopes.
	Received, Sent uint64
}

// An InFlight is a connection that has not ended.
type InFlight struct {
	Listener   string
	Began      time.Time
	Stage      Stage
	StageBegan time.Time
	HasPeer    bool // the client is a process of this machine
	PID        int
	UID        uint32
	From       string // the client otherwise
	Size       uint64 // of the request; 0 until it is known
	Sender     string
	Recipients int
	Action     string // in words; empty until it is decided
}

// Observe has an Observer told about connections, and makes InFlight know them.
// It must be called before Start, once.
func (s *Server) Observe(o Observer) {
	s.audience = &audience{observer: o, open: map[*observation]struct{}{}}
}

// InFlightMails returns the connections that have not ended, the oldest first.
// It knows them only if there is an Observer.
func (s *Server) InFlightMails() []InFlight {
	if s.audience == nil {
		return nil
	}
	return s.audience.snapshot()
}

// Ready tells whether connections are being accepted.
func (s *Server) Ready() bool { return s.started.Load() && s.receiving.Err() == nil }

// Children returns how many programs are running.
func (s *Server) Children() int { return s.children.Running() }

// WaitingForPrograms returns how many mails wait because as many programs are
// running as may.
func (s *Server) WaitingForPrograms() int { return s.children.Waiting() }

// MaxPrograms returns how many programs may run at a time.
func (s *Server) MaxPrograms() int { return s.children.MaxPrograms() }

// PondDrops returns how many log records could not be sent. It must not be
// called while the configuration is read.
func (s *Server) PondDrops() uint64 {
	if s.pond == nil {
		return 0
	}
	return s.pond.Drops()
}

// InflightLimit returns how many bytes all messages in memory may have.
func (s *Server) InflightLimit() int64 { return s.maxInflight() }

// OnConfigured has fn called at the end of start-up, as a part of the main
// program, for modules that have to do with the relay.
func (s *Server) OnConfigured(fn func(L *lua.LState) error) {
	s.onConfigured = append(s.onConfigured, fn)
}

// An audience is the observer and what it can look at.
type audience struct {
	observer Observer

	mu   sync.Mutex
	open map[*observation]struct{}
}

func (a *audience) snapshot() []InFlight {
	a.mu.Lock()
	mails := make([]InFlight, 0, len(a.open))
	for o := range a.open {
		mails = append(mails, o.look())
	}
	a.mu.Unlock()
	slices.SortFunc(mails, func(a, b InFlight) int {
		return cmp.Or(a.Began.Compare(b.Began), cmp.Compare(a.PID, b.PID))
	})
	return mails
}
