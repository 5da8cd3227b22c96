package socket

import "fmt"

// span returns the part of a string of that size from position start to position
// end, as offsets. Positions are those of string.sub: they count from 1, negative
// ones from the end. Other than string.sub it takes no position outside of the
// string and none in the wrong order: sending less than meant is worse than an error.
func span(size, start, end int) (from, to int, err error) {
	from, to = absolute(size, start), absolute(size, end)
	switch {
	case from < 1 || from > size:
		return 0, 0, fmt.Errorf("start %d is outside of the %d bytes", start, size)
	case to < 1 || to > size:
		return 0, 0, fmt.Errorf("end %d is outside of the %d bytes", end, size)
	case from > to:
		return 0, 0, fmt.Errorf("start %d is after end %d", start, end)
	}
	return from - 1, to, nil
}

func absolute(size, position int) int {
	if position < 0 {
		return size + 1 + position
	}
	return position
}
