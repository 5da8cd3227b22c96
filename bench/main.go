// Command bench measures qrelay against yardsticks, on this machine and in one
// run, and prints one table: "make bench".
//
// Absolute figures say more about a machine and what else it does than about a
// program. So every scenario is run in rounds, in each of which qrelay and its
// yardsticks are started afresh and loaded in turn; what counts is the median
// of the ratios taken round by round. The order is reversed from round to
// round. The yardsticks are two small C programs in yardstick/, which do
// the least that has to be done, and qrelay itself with an easier task. Load
// and next hop are part of this command: package runtime/bench.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"syscall"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	rounds := flag.Int("rounds", 7, "how often each comparison is made")
	quick := flag.Bool("quick", false, "short runs: a first impression within a minute or two")
	mails := flag.Int64("mails", 0, "length of the long runs: so many mails are discarded, a fifth of it relayed (default 1000000, quick 100000)")
	pattern := flag.String("run", "", "only scenarios that match this regular expression")
	qrelay := flag.String("qrelay", "", "measure this program (default: build it)")
	flag.Parse()
	wanted, err := regexp.Compile(*pattern)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	b, err := newBed(ctx, *qrelay, *quick)
	if err != nil {
		return err
	}
	defer b.close()
	if *mails > 0 {
		b.longRun = *mails
	}
	table := newTable()
	for _, s := range slices.Concat(comparisons(b), databaseScenarios(b), []scenario{b.fairness()}, memoryScenarios(b)) {
		if wanted.MatchString(s.name) && ctx.Err() == nil {
			fmt.Fprintf(os.Stderr, "%s %s\n", time.Now().Format(time.TimeOnly), s.name)
			table.add(s, s.run(ctx, max(*rounds, 1)))
		}
	}
	return table.print(os.Stdout, b.describe(*rounds))
}
