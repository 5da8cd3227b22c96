package pg

import (
	"math"
	"strconv"
)

// formatNumber returns the text form of a number for PostgreSQL: whole numbers
// without fraction and exponent, so that they pass for any integer type, and
// others with as many digits as it takes to read the same number back.
func formatNumber(f float64) string {
	switch {
	case f == math.Trunc(f) && math.Abs(f) < 1<<63:
		return strconv.FormatInt(int64(f), 10)
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case f == math.Trunc(f):
		return strconv.FormatFloat(f, 'f', 0, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, 64) // "NaN" as well
}
