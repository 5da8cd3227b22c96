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
	if o.pause(now) != 0 || o.hopeful(now) {
		t.Error("an outage at the beginning")
	}
	o.failed(gone, now)
	if o.pause(now) != firstDelay || o.hopeful(now) {
		t.Error("hope for a server that was never there, or no pause")
	}
	o.succeeded()
	o.failed(gone, now)
	o.failed(gone, now.Add(firstDelay))
	if !o.hopeful(now.Add(time.Second)) || o.hopeful(now.Add(grace)) {
		t.Error("hope must last from the first failure for the grace time")
	}
	if got := o.error(now.Add(firstDelay)).Error(); !strings.Contains(got, "refused (next attempt in 200ms)") {
		t.Errorf("got %s", got)
	}
	o.failed(wrong, now)
	if o.hopeful(now) {
		t.Error("hope though the password is wrong")
	}
}
