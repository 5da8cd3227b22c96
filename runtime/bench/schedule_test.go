package bench

import (
	"net"
	"sync/atomic"
	"testing"
	"time"

	"qrelay/runtime/qmqp"
)

func openLoopOf(t *testing.T, o Options) *openLoop {
	t.Helper()
	loop, err := newOpenLoop(t.Context(), time.Now(), o)
	if err != nil {
		t.Fatal(err)
	}
	return loop
}

func TestOpenLoopIsOnTime(t *testing.T) {
	loop := openLoopOf(t, Options{Rate: 1000, Count: 20})
	var n time.Duration
	for due, ok := loop.next(t.Context()); ok; due, ok = loop.next(t.Context()) {
		if want := loop.began.Add(n * time.Millisecond); !due.Equal(want) {
			t.Errorf("mail %d is due after %v", n, due.Sub(loop.began))
		}
		if early := time.Until(due); early > 0 {
			t.Errorf("mail %d came %v early", n, early)
		}
		n++
	}
	if missed := loop.close(); n != 20 || missed != 0 {
		t.Errorf("%d mails, %d missed; want 20 and none", n, missed)
	}
}

func TestOpenLoopEnds(t *testing.T) {
	for _, test := range []struct {
		o    Options
		want int
	}{
		{Options{Rate: 1000, Duration: 10 * time.Millisecond}, 10},
		{Options{Rate: 1000, Duration: time.Hour, Count: 3}, 3},
		{Options{Rate: 0.001, Duration: time.Millisecond}, 1},
		{Options{Rate: maxRate, Count: 100}, 100},
	} {
		loop := openLoopOf(t, test.o)
		n := 0
		for _, ok := loop.next(t.Context()); ok; _, ok = loop.next(t.Context()) {
			n++
		}
		if missed := loop.close(); n+int(missed) != test.want {
			t.Errorf("%+v: %d mails, %d missed; want %d together", test.o, n, missed, test.want)
		}
	}
}

// A server that stalls once must be seen by all the mails that were due
// meanwhile, though none of them was sent before it went on.
func TestOpenLoopCountsFromTheDueTime(t *testing.T) {
	const stall, count = 100 * time.Millisecond, 50
	var n atomic.Int64
	address := serve(t, func(conn net.Conn) {
		receive(t, conn)
		if n.Add(1) == 1 {
			<-time.After(stall)
		}
		conn.Write(qmqp.Accepted("ok").Append(nil))
	})
	r := run(t, Options{Address: address, Clients: 1, Rate: 1000, Count: count})
	least := (stall - count*time.Millisecond).Microseconds()
	if r.Mails != count || r.Latency.Min < least {
		t.Errorf("%d mails, the quickest in %d µs; want %d, none under %d µs", r.Mails, r.Latency.Min, count, least)
	}
}

func TestOpenLoopTellsWhatItMissed(t *testing.T) {
	const duration = 50 * time.Millisecond
	release := make(chan struct{})
	var n atomic.Int64
	address := serve(t, func(conn net.Conn) {
		receive(t, conn)
		if n.Add(1) == 2 { // all clients wait, until no more mails begin
			time.AfterFunc(duration, func() { close(release) })
		}
		<-release
		conn.Write(qmqp.Accepted("ok").Append(nil))
	})
	r := run(t, Options{Address: address, Clients: 2, Rate: 1000, Duration: duration})
	if r.Mails > 2 || r.Mails+r.Missed != 50 {
		t.Errorf("%d mails, %d missed; want at most 2, and 50 together", r.Mails, r.Missed)
	}
}
