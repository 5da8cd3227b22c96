package address

import (
	"net"
	"os"
	"testing"
)

func TestAbsolute(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	l, err := net.Listen("unix", "mail.sock")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := os.WriteFile("relay", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for typed, want := range map[string]string{
		"./mail.sock": dir + "/mail.sock",
		"mail.sock":   dir + "/mail.sock",
		"other.sock":  "other.sock", // a host name, for all that is known
		"sub/../q":    dir + "/q",
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
