package trial

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"qrelay/runtime/relay"
)

func TestReportOfAFailure(t *testing.T) {
	var out bytes.Buffer
	r := &Report{
		Err:      errors.New("config.lua:1: oops"),
		Calls:    []Call{{Function: "sleep", Args: []string{"1"}, Seconds: 1.0042}, {Function: "pg.Connection:execute", Args: []string{"SELECT 1"}, Error: "raised an error"}},
		Duration: 1234567 * time.Microsecond,
	}
	r.Write(&out)
	want := "error    config.lua:1: oops\ncall     sleep(1) -> done (1s)\nquery    SELECT 1 -> error: raised an error (0s)\ntime     1.23s\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestReportOfADecision(t *testing.T) {
	var out bytes.Buffer
	r := &Report{
		Decision: &relay.Decision{Action: relay.Description{Kind: "discard"}, Sender: "a@b.example"},
		Before:   "a@b.example",
		Duration: 1234567 * time.Nanosecond,
	}
	r.Write(&out)
	if got, want := out.String(), "action   discard\ntime     1.23ms\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	out.Reset()
	if err := r.WriteJSON(&out, "", true); err != nil || !strings.Contains(out.String(), `"calls":[]`) {
		t.Errorf("got %s, %v", out.String(), err)
	}
}

func TestCallsThatRaiseAreReported(t *testing.T) {
	out, err := check(t, "qmqp_listen('/x', function(m) world.explode(1) end)", nil)
	if err == nil || !strings.Contains(out, "call     world.explode(1) -> error: raised an error (") {
		t.Errorf("got %v\n%s", err, out)
	}
}
