package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"qrelay/runtime/bench"
)

// Figures of memory scenarios.
const (
	rss      = "RSS MB"
	refused  = "refused"
	lost     = "without K"
	growth   = "RSS growth"
	leftOver = "descriptors and children left over"
)

// memoryScenarios are about what a load may cost, whatever the machine.
func memoryScenarios(b *bed) []scenario {
	idle := affordable(manyIdle)
	return []scenario{
		{name: fmt.Sprintf("%d idle connections", idle), once: true,
			contenders: alone(func(ctx context.Context) (figures, error) { return b.idleConnections(ctx, idle) }),
			checks:     []check{{figure: rss, most: 120 * float64(idle) / manyIdle}}},
		{name: "1,000 mails of 64 KiB wait for the next hop", once: true, contenders: alone(b.slowHop),
			checks: []check{{figure: peak, most: 64 + 40}}},
		{name: fmt.Sprintf("%d mails of 16 MiB, --max-inflight 256MiB", b.crowd), once: true, contenders: alone(b.largeMails),
			checks: []check{{figure: peak, most: 400}}},
		{name: "burst of 2,000 connects", once: true, contenders: alone(b.burst),
			checks: []check{{figure: refused, exact: true}, {figure: lost, exact: true}}},
		b.longScenario("discarded", discardAll, b.longRun),
		b.longScenario("relayed", connectAll, b.longRun/5),
	}
}

// alone has no yardstick.
func alone(measure func(context.Context) (figures, error)) []contender {
	return []contender{{"qrelay", measure}}
}

// longScenario looks whether anything grows with the number of mails.
func (b *bed) longScenario(what, script string, mails int64) scenario {
	return scenario{
		name: fmt.Sprintf("%d mails %s in one run", mails, what), once: true,
		contenders: alone(func(ctx context.Context) (figures, error) { return b.long(ctx, script, mails) }),
		checks:     []check{{figure: growth, most: 1.1}, {figure: leftOver, exact: true}},
	}
}

// slowHop has many mails wait for their replies at once.
func (b *bed) slowHop(ctx context.Context) (figures, error) {
	const count = 1000
	return b.withRelay(ctx, connectAll, func(d *daemon) (figures, error) {
		release := b.hop.hold()
		defer release()
		var loading sync.WaitGroup
		var loaded error
		loading.Go(func() {
			_, loaded = allAccepted(ctx, bench.Options{Address: b.socket(), Clients: count, Count: count, Size: 64 << 10})
		})
		arrived := await(ctx, 10*time.Second, func() (bool, error) { return b.hop.waiting.Load() == count, nil })
		release()
		loading.Wait()
		if err := errors.Join(arrived, loaded); err != nil {
			return nil, err
		}
		mb, err := d.memory("VmHWM")
		return figures{peak: mb}, err
	})
}

// largeMails are more than fit under the cap on messages in memory.
func (b *bed) largeMails(ctx context.Context) (figures, error) {
	const script = "max_size = 20 * 1024 * 1024\n" + connectAll
	return b.withRelay(ctx, script, func(d *daemon) (figures, error) {
		o := bench.Options{Address: b.socket(), Clients: b.crowd, Count: int64(b.crowd), Size: 16 << 20, Timeout: 2 * time.Minute}
		if _, err := allAccepted(ctx, o); err != nil {
			return nil, err
		}
		mb, err := d.memory("VmHWM")
		return figures{peak: mb}, err
	}, "--max-inflight", "256MiB")
}

// long compares the daemon after 10,000 mails with the same after all of them.
func (b *bed) long(ctx context.Context, script string, mails int64) (figures, error) {
	const first = 10_000
	return b.withRelay(ctx, script, func(d *daemon) (figures, error) {
		before, err := b.after(ctx, d, first)
		if err != nil {
			return nil, err
		}
		after, err := b.after(ctx, d, max(mails-first, 1))
		if err != nil {
			return nil, err
		}
		return figures{
			growth:   after.rss / before.rss,
			leftOver: float64(max(0, after.descriptors-before.descriptors) + after.children),
		}, nil
	})
}

// state is what a daemon has when nothing is going on.
type state struct {
	rss                   float64
	descriptors, children int
}

// after loads a daemon with so many mails and returns its state when it is
// idle again.
func (b *bed) after(ctx context.Context, d *daemon, mails int64) (state, error) {
	if _, err := allAccepted(ctx, bench.Options{Address: b.socket(), Clients: 32, Count: mails}); err != nil {
		return state{}, err
	}
	var s state
	err := await(ctx, 10*time.Second, func() (bool, error) {
		links, err := d.sockets()
		return links <= idleSockets, err
	})
	if err != nil {
		return s, fmt.Errorf("connections stay open: %w", err)
	}
	if s.rss, err = d.memory("VmRSS"); err != nil {
		return s, err
	}
	if s.descriptors, err = d.descriptors(); err != nil {
		return s, err
	}
	pids, err := d.processes()
	s.children = len(pids) - 1
	return s, err
}

// idleSockets is how many sockets a relay has without connections: its
// listener.
const idleSockets = 1
