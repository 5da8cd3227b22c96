package main

import (
	"context"
	"fmt"
	"slices"
)

// Figures are what one run has measured, by name and unit.
type figures map[string]float64

// Names of figures.
const (
	rate = "mails/s"
	p50  = "p50 µs"
	p99  = "p99 µs"
	cpu  = "CPU µs/mail"
	peak = "peak RSS MB"
)

// A contender is one of those that a scenario measures.
type contender struct {
	name    string
	measure func(ctx context.Context) (figures, error)
}

// A check is one line of the table: a figure of the first contender.
type check struct {
	figure  string
	against int     // index of the contender that it is divided by; 0: none
	least   float64 // target; 0: none
	most    float64 // target; 0: none, unless exact
	exact   bool    // the target is most, 0 included
}

// A scenario measures contenders under the same load. The first one is qrelay.
type scenario struct {
	name       string
	contenders []contender
	checks     []check
	once       bool // one round is enough
}

// Results are the figures of all rounds, by contender.
type results struct {
	rounds [][]figures
	err    error
}

// run makes the rounds. Every other one goes backwards.
func (s *scenario) run(ctx context.Context, rounds int) results {
	if s.once {
		rounds = 1
	}
	var r results
	order := make([]int, len(s.contenders))
	for i := range order {
		order[i] = i
	}
	for range rounds {
		round := make([]figures, len(s.contenders))
		for _, i := range order {
			c := s.contenders[i]
			f, err := c.measure(ctx)
			if err != nil {
				r.err = fmt.Errorf("%s: %w", c.name, err)
				return r
			}
			round[i] = f
		}
		r.rounds = append(r.rounds, round)
		slices.Reverse(order)
	}
	return r
}

// value returns what a check looks at, in one round.
func (c *check) value(round []figures) float64 {
	if c.against == 0 {
		return round[0][c.figure]
	}
	return round[0][c.figure] / round[c.against][c.figure]
}

// target writes the target.
func (c *check) target() string {
	switch {
	case c.exact:
		return fmt.Sprintf("= %g", c.most)
	case c.least > 0:
		return fmt.Sprintf("≥ %.2f", c.least)
	case c.most > 0 && c.against > 0:
		return fmt.Sprintf("≤ %.2f", c.most)
	case c.most > 0:
		return fmt.Sprintf("≤ %g", c.most)
	}
	return "-"
}

// verdict tells whether the target was reached.
func (c *check) verdict(value float64) string {
	switch {
	case c.exact && value != c.most,
		c.least > 0 && value < c.least,
		c.most > 0 && value > c.most:
		return "MISSED"
	case c.exact, c.least > 0, c.most > 0:
		return "ok"
	}
	return ""
}
