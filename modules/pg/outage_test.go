package pg

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestRetryDelay(t *testing.T) {
	previous := time.Duration(0)
	for failures := 1; failures < 20; failures++ {
		d := retryDelay(failures)
		if d < previous || d > maxDelay {
			t.Errorf("after %d failures %v, before that %v", failures, d, previous)
		}
		previous = d
	}
	if retryDelay(1) != firstDelay || previous != maxDelay {
		t.Errorf("from %v to %v", retryDelay(1), previous)
	}
}

func TestOutage(t *testing.T) {
	gone, wrong := errors.New("refused"), error(&pgconn.PgError{Code: "28P01"})
	now := time.Now()
	const grace = 5 * time.Second
	o := outage{grace: grace}
	if o.pause(now) != 0 || o.hope(now) != 0 {
		t.Error("an outage at the beginning")
	}
	o.failed(gone, now)
	if o.pause(now) != firstDelay || o.hope(now) != 0 {
		t.Error("hope for a server that was never there, or no pause")
	}
	o.succeeded()
	o.failed(gone, now)
	o.failed(gone, now.Add(firstDelay))
	if o.hope(now.Add(time.Second)) != grace-time.Second || o.hope(now.Add(grace)) != 0 {
		t.Error("hope must last from the first failure for the grace time")
	}
	if got := o.error(now.Add(firstDelay)).Error(); !strings.Contains(got, "refused (next attempt in 200ms)") {
		t.Errorf("got %s", got)
	}
	o.failed(wrong, now)
	if o.hope(now) != 0 {
		t.Error("hope though the password is wrong")
	}
}

// Queries that wait for the server fail when the grace is over, also if the next
// attempt is far away.
func TestWaitingEndsWithTheGrace(t *testing.T) {
	p := openPool(t, "host=/nonexistent", func(o *poolOptions) { o.waitTimeout = time.Hour })
	now := time.Now()
	p.outage = outage{
		known: true, failures: 8, since: now, next: now.Add(time.Hour),
		err: errors.New("refused"), grace: 50 * time.Millisecond,
	}
	if _, err := p.acquire(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "refused (next attempt in 59m") {
		t.Errorf("got %v", err)
	}
}
