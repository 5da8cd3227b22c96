package main

import (
	"fmt"
	"strconv"
	"strings"
)

// A byteSize is a flag value such as "256MiB".
type byteSize int64

var units = []struct {
	name  string
	shift uint
}{{"GiB", 30}, {"MiB", 20}, {"KiB", 10}}

// Set reads a whole number of bytes, KiB, MiB or GiB.
func (s *byteSize) Set(text string) error {
	digits, shift := text, uint(0)
	for _, unit := range units {
		if rest, ok := strings.CutSuffix(text, unit.name); ok {
			digits, shift = rest, unit.shift
			break
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n <= 0 || n > 1<<(62-shift) {
		return fmt.Errorf("%q is no size: it is a number of bytes, or written 512KiB, 256MiB or 1GiB", text)
	}
	*s = byteSize(n << shift)
	return nil
}

func (s *byteSize) String() string {
	for _, unit := range units {
		if n := int64(*s) >> unit.shift; n > 0 && n<<unit.shift == int64(*s) {
			return strconv.FormatInt(n, 10) + unit.name
		}
	}
	return strconv.FormatInt(int64(*s), 10)
}

// Type names the kind of value in help texts.
func (s *byteSize) Type() string { return "size" }
