package dialect

import (
	"math"
	"strconv"
	"strings"
)

// appendFloat writes f by one of the conversions e, f, g and a, as C does.
func (v *verb) appendFloat(out []byte, f float64) []byte {
	sign := v.sign()
	if math.Signbit(f) && f == f {
		sign, f = "-", -f
	}
	var digits string
	switch {
	case f != f || math.IsInf(f, 0):
		v.zero = false
		digits = "inf"
		if f != f {
			digits = "nan"
		}
	default:
		digits = v.floatDigits(f)
	}
	if 'A' <= v.conversion && v.conversion <= 'Z' {
		digits = strings.ToUpper(digits)
	}
	if v.zero && strings.HasPrefix(strings.ToLower(digits), "0x") {
		sign, digits = sign+digits[:2], digits[2:]
	}
	return v.pad(out, sign, digits)
}

// floatDigits formats a finite number that is not negative.
func (v *verb) floatDigits(f float64) string {
	precision := v.precision
	switch v.conversion {
	case 'a', 'A':
		return v.hexFloat(f)
	case 'g', 'G':
		return v.general(f)
	}
	if precision < 0 {
		precision = 6
	}
	if v.conversion|0x20 == 'e' {
		f = upFromTieSignificant(f, precision+1)
	} else {
		f = upFromTie(f, precision)
	}
	digits := strconv.FormatFloat(f, v.conversion|0x20, precision, 64)
	if v.alternate && precision == 0 {
		if mantissa, exponent, ok := strings.Cut(digits, "e"); ok {
			return mantissa + ".e" + exponent
		}
		return digits + "."
	}
	return digits
}

// general is %g: the flag '#' keeps trailing zeros.
func (v *verb) general(f float64) string {
	precision := v.precision
	switch {
	case precision < 0:
		precision = 6
	case precision == 0:
		precision = 1
	}
	f = upFromTieSignificant(f, precision)
	if !v.alternate {
		return strconv.FormatFloat(f, 'g', precision, 64)
	}
	scientific := strconv.FormatFloat(f, 'e', precision-1, 64)
	_, after, _ := strings.Cut(scientific, "e")
	exponent, _ := strconv.Atoi(after) // always a number
	if exponent >= -4 && exponent < precision {
		scientific = strconv.FormatFloat(f, 'f', precision-1-exponent, 64)
	}
	if strings.Contains(scientific, ".") {
		return scientific
	}
	if mantissa, exp, ok := strings.Cut(scientific, "e"); ok {
		return mantissa + ".e" + exp
	}
	return scientific + "."
}

// hexFloat is %a; its exponent has no leading zeros.
func (v *verb) hexFloat(f float64) string {
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'x', v.precision, 64), "p")
	sign, digits := exponent[:1], strings.TrimLeft(exponent[1:], "0")
	if digits == "" {
		digits = "0"
	}
	if v.alternate && !strings.Contains(mantissa, ".") {
		mantissa += "."
	}
	return mantissa + "p" + sign + digits
}
