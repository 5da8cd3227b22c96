// Package spelling finds what somebody meant who mistyped a name.
package spelling

import (
	"unicode/utf8"

	"github.com/hbollon/go-edlib"
)

// longName is how many letters let two mistakes pass.
const longName = 9

// Near tells whether a name is nearly another, but not the same: a letter is
// missing, too much, wrong or swapped with the next. In long names that may
// happen twice.
func Near(name, meant string) bool {
	distance := edlib.OSADamerauLevenshteinDistance(name, meant)
	return distance == 1 || distance == 2 && utf8.RuneCountInString(meant) >= longName
}
