package dialect

import (
	"math"
	"math/bits"
)

// LuaJIT rounds a decimal that lies half-way between two candidates away from
// zero; C and Go round it to the even one. So where exactly half is met, the
// next larger number is formatted instead.

// upFromTie returns what to format in place of f >= 0 with the given number
// of digits after the point; negative counts digits before it.
func upFromTie(f float64, decimals int) float64 {
	if isTie(f, decimals) {
		return math.Nextafter(f, math.Inf(1))
	}
	return f
}

// upFromTieSignificant is upFromTie for a number of significant digits.
func upFromTieSignificant(f float64, digits int) float64 {
	if f == 0 {
		return f
	}
	exponent := int(math.Floor(math.Log10(f)))
	if math.Pow10(exponent) > f {
		exponent--
	}
	return upFromTie(f, digits-1-exponent)
}

// isTie uses that an odd number divided by 2^k has exactly k decimals, of
// which the last is a 5. Beyond 2^63 it finds no ties.
func isTie(f float64, decimals int) bool {
	mantissa, exponent := math.Frexp(f)
	m := uint64(mantissa * (1 << 53))
	if m == 0 {
		return false
	}
	fractionBits := 53 - exponent - bits.TrailingZeros64(m)
	if decimals >= 0 {
		return fractionBits == decimals+1
	}
	if fractionBits > 0 || f >= 1<<63 || decimals < -18 {
		return false
	}
	unit := uint64(math.Pow10(-decimals))
	return uint64(f)%unit == unit/2
}
