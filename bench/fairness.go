package main

import (
	"context"
	"fmt"

	"qrelay/runtime/bench"
)

// fairness has a client open connections on which it sends nothing, and looks
// what that means for the others, until all of them have been thrown out.
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
		release, err := b.openSilent(ctx, d, silent)
		if err != nil {
			return nil, err
		}
		defer release()
		return b.load(ctx, d, others)
	})
}
