package torture

import (
	"context"
	"sync"
	"time"

	"qrelay/runtime/address"
	"qrelay/runtime/qmqp"
	"qrelay/runtime/sock"
)

// submit submits one mail once and notes what its client learns.
func (b *bed) submit(socket string, id, size int) outcome {
	began := time.Now()
	o, text := exchange(socket, message(id, size))
	b.ledger.told(id, o, text, time.Since(began))
	return o
}

// exchange submits a message and returns the reply, or why there is none.
func exchange(socket string, text []byte) (outcome, string) {
	to, err := address.Parse(socket, qmqp.DefaultPort)
	if err != nil {
		return refused, err.Error()
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), patience, sock.ErrTimeout)
	defer cancel()
	conn, err := sock.Dial(ctx, to)
	if err != nil {
		return refused, err.Error()
	}
	defer conn.Close()
	conn.SetTimeouts(patience, patience)
	head, tail := qmqp.AppendRequest(nil, nil, nil, int64(len(text)), "alice@example.com", []string{"bob@example.org"})
	conn.Writev(head, text, tail) // whoever has refused it has said why
	reply, err := qmqp.ReadResponse(conn)
	switch {
	case err != nil:
		return unanswered, err.Error()
	case reply.Status == qmqp.StatusAccepted:
		return accepted, reply.String()
	case reply.Status == qmqp.StatusDeferred:
		return deferred, reply.String()
	}
	return rejected, reply.String()
}

// A load is clients that submit one mail after the other.
type load struct {
	stopping chan struct{}
	once     sync.Once
	clients  sync.WaitGroup
}

// load starts clients. They do not wait for a daemon that is not there.
func (b *bed) load(socket string, clients int, size func(id int) int) *load {
	l := &load{stopping: make(chan struct{})}
	for range clients {
		l.clients.Go(func() { l.client(b, socket, size) })
	}
	b.Cleanup(l.stop)
	return l
}

func (l *load) client(b *bed, socket string, size func(int) int) {
	for {
		var again <-chan time.Time
		id := b.ledger.next()
		if b.submit(socket, id, size(id)) != accepted {
			again = time.After(10 * time.Millisecond) // a client's patience
		}
		if again == nil {
			select {
			case <-l.stopping:
				return
			default:
				continue
			}
		}
		select {
		case <-l.stopping:
			return
		case <-again:
		}
	}
}

// stop lets mails that are under way end.
func (l *load) stop() {
	l.once.Do(func() { close(l.stopping) })
	l.clients.Wait()
}

// mixed are the sizes of usual mails, and now and then one that takes many
// system calls.
func mixed(id int) int {
	switch id % 32 {
	case 7:
		return 1 << 20
	case 3, 19:
		return 100 << 10
	}
	return 100 + id%4000
}

// always is one size for all mails.
func always(size int) func(int) int { return func(int) int { return size } }

// burst submits mails at once and waits for all of them.
func (b *bed) burst(socket string, mails, size int) {
	var wg sync.WaitGroup
	for range mails {
		id := b.ledger.next()
		wg.Go(func() { b.submit(socket, id, size) })
	}
	wg.Wait()
}
