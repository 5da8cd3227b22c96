package address

import "testing"

func TestAbsolute(t *testing.T) {
	t.Chdir("/usr/lib")
	for typed, want := range map[string]string{
		"./mail.sock": "/usr/lib/mail.sock",
		"../q":        "/usr/q",
		"sub/q":       "/usr/lib/sub/q",
		"/run/q":      "/run/q",
		"@name":       "@name",
		"relay":       "relay",
		"[::1]:628":   "[::1]:628",
	} {
		if got, err := Absolute(typed); got != want || err != nil {
			t.Errorf("%s: got %q, %v; want %q", typed, got, err, want)
		}
	}
}
