package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// fixed is a contender whose rate is the next of a list.
func fixed(name string, rates ...float64) contender {
	return contender{name, func(context.Context) (figures, error) {
		r := rates[0]
		rates = append(rates[1:], r)
		return figures{rate: r, peak: 50}, nil
	}}
}

func TestTable(t *testing.T) {
	s := scenario{
		name:       "some load",
		contenders: []contender{fixed("own", 90, 100, 260), fixed("yardstick", 100, 200, 250)},
		checks: []check{
			{figure: rate, against: 1, least: 0.9},
			{figure: rate, against: 1, most: 0.8},
			{figure: peak, most: 50},
			{figure: peak, exact: true},
			{figure: rate},
		},
	}
	broken := scenario{name: "broken", contenders: []contender{{"it", func(context.Context) (figures, error) {
		return nil, errors.New("no luck")
	}}}}
	table := newTable()
	table.add(s, s.run(t.Context(), 3))
	table.add(broken, broken.run(t.Context(), 3))
	var b strings.Builder
	err := table.print(&b, "a machine")
	if err == nil || !strings.HasSuffix(err.Error(), "broken: it: no luck") {
		t.Errorf("error is %v", err)
	}
	want := []string{
		"a machine",
		"scenario   figure       median  yardstick             ratio  spread     target",
		"some load  mails/s      100     200        yardstick  0.90   0.50…1.04  ≥ 0.90  ok",
		"           mails/s      100     200        yardstick  0.90   0.50…1.04  ≤ 0.80  MISSED",
		"           peak RSS MB  50                                   50…50      ≤ 50    ok",
		"           peak RSS MB  50                                   50…50      = 0     MISSED",
		"           mails/s      100                                  90…260     -",
		"2 targets missed, 1 scenarios failed",
	}
	var got []string
	for line := range strings.Lines(b.String()) {
		got = append(got, strings.TrimRight(line, " \n"))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestScenarioReversesEveryOtherRound(t *testing.T) {
	var order []string
	trace := func(name string) contender {
		return contender{name, func(context.Context) (figures, error) {
			order = append(order, name)
			return figures{}, nil
		}}
	}
	s := scenario{contenders: []contender{trace("a"), trace("b")}}
	s.run(t.Context(), 3)
	if got := strings.Join(order, ""); got != "abbaab" {
		t.Errorf("order is %s", got)
	}
	s.once, order = true, nil
	s.run(t.Context(), 3)
	if got := strings.Join(order, ""); got != "ab" {
		t.Errorf("order of a single round is %s", got)
	}
}

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{{[]float64{3}, 3}, {[]float64{5, 1}, 3}, {[]float64{9, 1, 2}, 2}} {
		if got := median(test.values); got != test.want {
			t.Errorf("median of %v is %g", test.values, got)
		}
	}
}

func TestFiguresOfADaemon(t *testing.T) {
	d := &daemon{cmd: exec.CommandContext(t.Context(), "sh", "-c", "sleep 60 & while :; do :; done")}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		d.cmd.Process.Kill()
		d.cmd.Wait()
	}()
	err := await(t.Context(), 10*time.Second, func() (bool, error) {
		used, err := d.cpu()
		pids, _ := d.processes()
		return used > 20*time.Millisecond && len(pids) == 2, err
	})
	if err != nil {
		t.Error("no CPU time or child is seen:", err)
	}
	if mb, err := d.memory("VmRSS"); err != nil || mb < 0.1 || mb > 100 {
		t.Errorf("a shell has %g MB, %v", mb, err)
	}
	if _, err := d.memory("VmNothing"); err == nil {
		t.Error("a field that does not exist is found")
	}
	if n, err := d.descriptors(); err != nil || n < 3 {
		t.Errorf("a shell has %d files open, %v", n, err)
	}
	pids, err := d.processes()
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range pids[1:] {
		if p, err := os.FindProcess(pid); err == nil {
			p.Kill()
		}
	}
}
