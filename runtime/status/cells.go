package status

import (
	"strings"

	"golang.org/x/text/width"
)

// cellsOf returns how many cells of a terminal a character takes: two if it is
// a wide one of East Asia (UAX #11).
func cellsOf(c rune) int {
	switch width.LookupRune(c).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// cells returns how many cells a text takes.
func cells(text string) (n int) {
	for _, c := range text {
		n += cellsOf(c)
	}
	return n
}

// cut shortens a text to at most n cells.
func cut(text string, n int) string {
	if cells(text) <= n {
		return text
	}
	used := 1 // for the ellipsis
	for i, c := range text {
		if used += cellsOf(c); used > n {
			return text[:i] + "…"
		}
	}
	return text
}

// pad fills a text up to n cells.
func pad(text string, n int) string {
	return text + strings.Repeat(" ", max(0, n-cells(text)))
}
