package relay

import (
	"fmt"
	"slices"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/address"
	"qrelay/runtime/mail"
	"qrelay/runtime/peer"
)

// What follows is for trying handlers without doing what they decide: a mail
// that nobody sent, the handler of a listener, and what it decided.

// A Submission is a mail of a client that need not exist.
type Submission struct {
	Message    []byte
	Sender     string
	Recipients []string
	// Peer is the client; nil if it is not a process of this machine.
	Peer *peer.Peer
	// From is the address of a client over IP.
	From address.Address
}

// A Decision is what a handler has made of a Submission.
type Decision struct {
	Action  Description `json:"action"`
	Sender  string      `json:"sender"`
	Account string      `json:"account,omitempty"`
	Headers []Header    `json:"headers"` // inserted, in the order of the message
}

// A Header is one that a handler has inserted.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A Description is an action in words.
type Description struct {
	Kind    string        `json:"kind"`             // the method of the mail that made it
	Target  string        `json:"target,omitempty"` // the next hop, or the program
	Args    []string      `json:"args,omitempty"`   // of the program
	Env     []string      `json:"env,omitempty"`    // of the program
	Text    string        `json:"text,omitempty"`   // of a rejection
	Timeout time.Duration `json:"-"`                // 0: none
}

// String returns the action as it is told in one line: "connect 10.0.0.1:628".
func (d Description) String() string {
	words := []string{d.Kind}
	for _, word := range append([]string{d.Target, d.Text}, d.Args...) {
		if word != "" {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

// LogServer returns where log records are sent, or would be in a dry run.
func (s *Server) LogServer() (a address.Address, ok bool) { return s.logServer, !s.logServer.IsZero() }

// Handler returns the handler of a listener. The name may be empty if all
// listeners have the same handler.
func (s *Server) Handler(name string) (*lua.LFunction, error) {
	if len(s.listeners) == 0 {
		return nil, ErrNoListeners
	}
	known := strings.Join(s.Listeners(), ", ")
	if name == "" {
		first := s.listeners[0].handler
		if slices.ContainsFunc(s.listeners, func(l *listener) bool { return l.handler != first }) {
			return nil, fmt.Errorf("there are several listeners, choose one: %s", known)
		}
		return first, nil
	}
	for _, l := range s.listeners {
		if l.name == name {
			return l.handler, nil
		}
	}
	return nil, fmt.Errorf("there is no listener %q; there are: %s", name, known)
}

// NewMail makes the mail object that a handler is called with. It goes stale
// at the end of the task that runs on L.
func (s *Server) NewMail(L *lua.LState, sub Submission) (*lua.LUserData, error) {
	m, err := mail.New(sub.Message, sub.Sender, sub.Recipients)
	if err != nil {
		return nil, err
	}
	x := &exchange{server: s, from: sub.From, peer: sub.Peer, mail: m, began: time.Now()}
	m.Client = x.client()
	object := &mailObject{exchange: x}
	runtime.ScopeOf(L).Add(object)
	return s.face.mail.New(L, object), nil
}

// Decision returns what has become of a mail object after handler has returned
// result.
func (s *Server) Decision(object *lua.LUserData, handler *lua.LFunction, result lua.LValue) (*Decision, error) {
	o, ok := s.face.mail.Is(object)
	if !ok {
		return nil, fmt.Errorf("mail expected, got %s", runtime.TypeName(object))
	}
	action, err := checkAction(handler, result)
	if err != nil {
		return nil, err
	}
	account, _ := o.mail.Account()
	return &Decision{Action: Describe(action), Sender: o.mail.Sender(), Account: account, Headers: inserted(o.mail)}, nil
}

// inserted returns the headers that m got since it was made.
func inserted(m *mail.Mail) []Header {
	bare := *m
	bare.Client = nil // no Received header
	headers := []Header{}
	for line := range strings.SplitSeq(string(bare.AppendHeaders(nil)), "\r\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			headers = append(headers, Header{name, value})
		}
	}
	return headers
}

// Describe tells what an action would do.
func Describe(a Action) Description {
	switch a := a.(type) {
	case discard:
		return Description{Kind: "discard"}
	case reject:
		if a.text == defaultRejection {
			return Description{Kind: "reject"}
		}
		return Description{Kind: "reject", Text: a.text}
	case *connect:
		return Description{Kind: "connect", Target: a.next.String(), Timeout: a.timeout}
	case *exec:
		return a.describe("exec")
	case *execRaw:
		return a.describe("exec_raw")
	}
	kind, target, _ := strings.Cut(describe(a), " ")
	return Description{Kind: kind, Target: target}
}

func (p *program) describe(kind string) Description {
	return Description{Kind: kind, Target: p.path, Args: p.args, Env: p.env, Timeout: p.timeout}
}
