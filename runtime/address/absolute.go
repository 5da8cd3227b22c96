package address

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Absolute makes an address that somebody has typed in fit for Parse and
// Resolve: on a command line a path may be relative to the working directory,
// as in "./mail.sock". A name without slash is a path if there is a socket of
// this name. All else is returned as it is. The error is that there is no
// working directory.
func Absolute(s string) (string, error) {
	if !strings.Contains(s, "/") && (strings.HasPrefix(s, "@") || !isSocket(s)) {
		return s, nil
	}
	return filepath.Abs(s)
}

func isSocket(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().Type() == fs.ModeSocket
}
