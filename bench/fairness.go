package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"qrelay/runtime/address"
	"qrelay/runtime/bench"
	"qrelay/runtime/sock"
)

// fairness has a client open connections on which it sends nothing, again
// whenever it is thrown out, and looks what that means for the others.
func (b *bed) fairness() scenario {
	// What the others submit leaves the machine time, so that their latency is
	// the daemon's and not that of the queue for a processor.
	others := bench.Options{Rate: 1000, Size: 2 << 10}
	silent := affordable(manySilent)
	return scenario{
		name: fmt.Sprintf("beside %d silent connections, 1,000 mails/s", silent),
		contenders: []contender{
			{"beside", func(ctx context.Context) (figures, error) { return b.besideSilence(ctx, silent, others) }},
			b.relay("alone", connectAll, others),
		},
		checks: []check{{figure: p99, against: 1, most: 2}, {figure: p50, against: 1}},
	}
}

// manySilent is how many silent connections are tried.
const manySilent = 5000

func (b *bed) besideSilence(ctx context.Context, silent int, others bench.Options) (figures, error) {
	return b.withRelay(ctx, connectAll, func(d *daemon) (figures, error) {
		before, err := d.descriptors()
		if err != nil {
			return nil, err
		}
		stop, err := b.silence(ctx, silent)
		if err != nil {
			return nil, err
		}
		defer stop()
		if err := d.awaitDescriptors(ctx, 10*time.Second, before+silent); err != nil {
			return nil, err
		}
		return b.load(ctx, d, others)
	})
}

// silence opens silent connections and keeps up their number until stop is
// called.
func (b *bed) silence(ctx context.Context, count int) (stop func(), err error) {
	a, err := address.Parse(b.socket(), 0)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	var clients sync.WaitGroup
	for range count {
		clients.Go(func() {
			for ctx.Err() == nil {
				_ = beSilent(ctx, a) // whyever it ended
			}
		})
	}
	return func() { cancel(); clients.Wait() }, nil
}

// beSilent connects, and returns when the server has closed the connection.
func beSilent(ctx context.Context, a address.Address) error {
	c, err := sock.Dial(ctx, a)
	if err != nil {
		return err
	}
	defer c.Close()
	c.Bind(ctx)
	_, err = c.Read(make([]byte, 1))
	return err
}
