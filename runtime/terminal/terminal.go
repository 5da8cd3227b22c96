// Package terminal tells what a program may write to whom: whether somebody
// looks at it, with colours or without, and how much fits.
package terminal

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Is tells whether a stream is a terminal.
func Is(stream io.Writer) bool {
	file, ok := stream.(*os.File)
	if !ok || file == nil {
		return false
	}
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}

// Obeys tells whether a stream is a terminal that takes control sequences
// (ECMA-48), which a dumb one does not.
func Obeys(stream io.Writer, getenv func(string) string) bool {
	return Is(stream) && getenv("TERM") != "dumb"
}

// Colors tells whether text should have colours: if a terminal obeys, and
// NO_COLOR (https://no-color.org) is not set.
func Colors(stream io.Writer, getenv func(string) string) bool {
	return Obeys(stream, getenv) && getenv("NO_COLOR") == ""
}

// Size returns how many characters fit into a line of a terminal, and how many
// lines onto it; 0 if that is not known.
func Size(stream io.Writer) (columns, rows int) {
	file, ok := stream.(*os.File)
	if !ok {
		return 0, 0
	}
	size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, 0
	}
	return int(size.Col), int(size.Row)
}
