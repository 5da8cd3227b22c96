package address

import (
	"path/filepath"
	"strings"
)

// Absolute makes an address that somebody has typed in fit for Parse and
// Resolve: on a command line a path may be relative to the working directory,
// if it has a slash, as in "./mail.sock". All else is returned as it is. The
// error is that there is no working directory.
func Absolute(s string) (string, error) {
	if !strings.Contains(s, "/") {
		return s, nil
	}
	return filepath.Abs(s)
}
