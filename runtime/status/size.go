package status

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// A size is how many characters fit into a line, and lines onto the screen. 0
// means any number.
type size struct{ columns, rows int }

// sizeOf returns the size of a terminal; any number for what is none.
func sizeOf(w io.Writer) size {
	file, ok := w.(*os.File)
	if !ok {
		return size{}
	}
	s, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return size{}
	}
	return size{int(s.Col), int(s.Row)}
}
