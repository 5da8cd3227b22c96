package spelling

import "testing"

func TestNear(t *testing.T) {
	for _, test := range []struct {
		name, meant string
		want        bool
	}{
		{"slep", "sleep", true},
		{"sleeep", "sleep", true},
		{"slerp", "sleep", true},
		{"selep", "sleep", true},
		{"sleep", "sleep", false},
		{"step", "sleep", false},
		{"load", "reload", false},
		{"relaod", "reload", true},
		{"upload", "reload", false},
		{"log_resolve", "log_server", false},
		{"max_conection_per_uid", "max_connections_per_uid", true},
		{"max_con_per_uid", "max_connections_per_uid", false},
		{"größe", "größen", true},
		{"", "a", true},
		{"", "", false},
	} {
		if got := Near(test.name, test.meant); got != test.want {
			t.Errorf("%q for %q: %v", test.name, test.meant, got)
		}
	}
}
