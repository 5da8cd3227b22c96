package trial

import (
	"fmt"
	"strings"

	"qrelay/runtime/address"
	"qrelay/runtime/qmqp"
	"qrelay/runtime/relay"
)

// Matches tells whether an action is the expected one. The expectation is its
// description, or the beginning of it up to a blank: "connect 10.0.0.1" is any
// connection to that host's QMQP port, "reject" any rejection, "exec /bin/x" any
// use of that program. An address may be written in any form.
func Matches(expected string, d relay.Description) (bool, error) {
	kind, rest, _ := strings.Cut(strings.TrimSpace(expected), " ")
	if kind == "" {
		return false, fmt.Errorf("the expected action is empty; allowed are connect ADDRESS, exec PROGRAM, exec_raw PROGRAM, discard and reject [TEXT]")
	}
	if rest = strings.TrimSpace(rest); kind == "connect" && rest != "" {
		a, err := address.Parse(rest, qmqp.DefaultPort)
		if err != nil {
			return false, fmt.Errorf("the expected action %q: %w", expected, err)
		}
		rest = a.String()
	}
	want := strings.TrimSpace(kind + " " + rest)
	got := d.String()
	return got == want || strings.HasPrefix(got, want+" "), nil
}
