package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// A table is printed at the end.
type table struct {
	lines  []string
	missed int
	failed []string
}

func newTable() *table { return &table{} }

// add appends the lines of a scenario.
func (t *table) add(s scenario, r results) {
	if r.err != nil {
		t.failed = append(t.failed, fmt.Sprintf("%s: %v", s.name, r.err))
		return
	}
	title := s.name
	for _, c := range s.checks {
		t.lines = append(t.lines, title+"\t"+t.line(s, c, r.rounds))
		title = ""
	}
}

func (t *table) line(s scenario, c check, rounds [][]figures) string {
	own := median(collect(rounds, func(round []figures) float64 { return round[0][c.figure] }))
	values := collect(rounds, c.value)
	value := median(values)
	verdict := c.verdict(value)
	if verdict == "MISSED" {
		t.missed++
	}
	if c.against == 0 {
		return strings.Join([]string{c.figure, number(own), "", "", "", spread(values, number), c.target(), verdict}, "\t")
	}
	other := median(collect(rounds, func(round []figures) float64 { return round[c.against][c.figure] }))
	return strings.Join([]string{c.figure, number(own), number(other), s.contenders[c.against].name,
		ratio(value), spread(values, ratio), c.target(), verdict}, "\t")
}

func collect(rounds [][]figures, get func([]figures) float64) []float64 {
	values := make([]float64, len(rounds))
	for i, round := range rounds {
		values[i] = get(round)
	}
	return values
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func spread(values []float64, format func(float64) string) string {
	if len(values) < 2 {
		return ""
	}
	return format(slices.Min(values)) + "…" + format(slices.Max(values))
}

func ratio(v float64) string { return fmt.Sprintf("%.2f", v) }

func number(v float64) string {
	if v >= 100 || v == math.Trunc(v) {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}

// print writes the table. Scenarios that could not be measured are an error,
// targets that were missed are none: on a busy machine that happens.
func (t *table) print(w io.Writer, machine string) error {
	fmt.Fprintln(w, machine)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "scenario\tfigure\tmedian\tyardstick\t\tratio\tspread\ttarget\t")
	for _, line := range t.lines {
		fmt.Fprintln(tw, line)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "%d targets missed, %d scenarios failed\n", t.missed, len(t.failed))
	if len(t.failed) > 0 {
		return fmt.Errorf("not measured:\n%s", strings.Join(t.failed, "\n"))
	}
	return nil
}
