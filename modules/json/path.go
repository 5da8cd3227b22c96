package json

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A PathError says what is wrong with a value and where in it, as a Lua script
// would write the place: "hole in an array of 3 elements at .a[3]".
type PathError struct {
	Reason string
	path   []string // innermost step first
}

func (e *PathError) Error() string {
	if len(e.path) == 0 {
		return e.Reason
	}
	return e.Reason + " at " + e.Path()
}

// Longest path that is written out in full, and what is kept of a longer one.
const (
	maxSteps  = 32
	keptSteps = 8
)

// Path returns the place, outermost step first; the middle of a very long one is
// left out.
func (e *PathError) Path() string {
	steps := slices.Clone(e.path)
	slices.Reverse(steps)
	if n := len(steps); n > maxSteps {
		steps = slices.Concat(steps[:keptSteps], []string{"…"}, steps[n-keptSteps:])
	}
	return strings.Join(steps, "")
}

func fail(format string, args ...any) error {
	return &PathError{Reason: fmt.Sprintf(format, args...)}
}

// index notes that err happened inside element i, counted from 1.
func index(err error, i int) error {
	return step(err, "["+strconv.Itoa(i)+"]")
}

// field notes that err happened inside the member of that name.
func field(err error, name string) error {
	if isIdentifier(name) {
		return step(err, "."+name)
	}
	return step(err, "["+quote(name)+"]")
}

func step(err error, s string) error {
	if e, ok := errors.AsType[*PathError](err); ok {
		e.path = append(e.path, s)
	}
	return err
}

// maxQuoted is how much of a member's name an error repeats, in bytes.
const maxQuoted = 40

func quote(s string) string {
	if len(s) > maxQuoted {
		return strconv.Quote(s[:maxQuoted]) + "…"
	}
	return strconv.Quote(s)
}

func isIdentifier(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && len(s) <= maxQuoted
}
