package dialect

import (
	"math"
	"strconv"
	"strings"
)

// exactInt is the bound below which every integer has a double of its own.
const exactInt = 1 << 53

// AppendNumber appends n as LuaJIT prints it, which is C's "%.14g" except
// that a NaN has no sign.
func AppendNumber(b []byte, n float64) []byte {
	switch {
	case n == math.Trunc(n) && math.Abs(n) < 1e14:
		if n == 0 && math.Signbit(n) {
			return append(b, "-0"...)
		}
		return strconv.AppendInt(b, int64(n), 10)
	case math.IsNaN(n):
		return append(b, "nan"...)
	case math.IsInf(n, 1):
		return append(b, "inf"...)
	case math.IsInf(n, -1):
		return append(b, "-inf"...)
	}
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	return strconv.AppendFloat(b, upFromTieSignificant(n, 14), 'g', 14, 64)
}

// FormatNumber is AppendNumber as a string.
func FormatNumber(n float64) string {
	var buf [32]byte
	return string(AppendNumber(buf[:0], n))
}

// ParseNumber reads a number as LuaJIT's tonumber and its arithmetic on
// strings do: white space around it, a sign, then a decimal or hexadecimal
// number (both with fraction and exponent), a binary integer 0b…, or one of
// the words inf, infinity and nan. Octal does not exist, nor do underscores.
func ParseNumber(s string) (float64, bool) {
	s = strings.Trim(s, " \t\n\v\f\r")
	digits, negative := s, false
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		negative = digits[0] == '-'
		digits = digits[1:]
		if digits != "" && (digits[0] == '-' || digits[0] == '+') {
			return 0, false
		}
	}
	n, ok := parseUnsigned(digits)
	if ok && negative {
		n = -n
	}
	return n, ok
}

func parseUnsigned(s string) (float64, bool) {
	if s == "" {
		return 0, false
	}
	if s[0] == '0' && len(s) > 1 {
		switch s[1] {
		case 'x', 'X':
			return parseHex(s)
		case 'b', 'B':
			return parseBase(s[2:], 2)
		}
	}
	switch strings.ToLower(s) {
	case "inf", "infinity":
		return math.Inf(1), true
	case "nan":
		return math.NaN(), true
	}
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && c != '.' && c != 'e' && c != 'E' && c != '+' && c != '-' {
			return 0, false
		}
	}
	return parseFloat(s)
}

func parseHex(s string) (float64, bool) {
	exponent := false
	for i := 2; i < len(s); i++ {
		switch c := s[i]; {
		case isHex(c) && !exponent, isDigit(c), c == '.':
		case c == 'p' || c == 'P':
			exponent = true
		case (c == '+' || c == '-') && exponent:
		default:
			return 0, false
		}
	}
	if !exponent {
		s += "p0"
	}
	return parseFloat(s)
}

// parseFloat takes a value out of range as the infinity or zero that it
// rounds to, like C's strtod.
func parseFloat(s string) (float64, bool) {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		e, ok := err.(*strconv.NumError)
		return n, ok && e.Err == strconv.ErrRange
	}
	return n, true
}

// parseBase reads an unsigned integer of base 2 to 36.
func parseBase(s string, base int) (float64, bool) {
	if s == "" {
		return 0, false
	}
	n := 0.0
	for i := range len(s) {
		d := digitValue(s[i])
		if d >= base {
			return 0, false
		}
		n = n*float64(base) + float64(d)
	}
	return n, true
}

// digitValue gives the value of a digit in bases up to 36; 36 for a byte that
// is none.
func digitValue(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case 'a' <= c && c <= 'z':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'Z':
		return int(c-'A') + 10
	}
	return 36
}

// truncate converts n to an integer, towards zero; what does not fit becomes
// the nearest integer that does, a NaN 0.
func truncate(n float64) int {
	switch {
	case n != n:
		return 0
	case n >= math.MaxInt64:
		return math.MaxInt64
	case n <= math.MinInt64:
		return math.MinInt64
	}
	return int(n)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool { return digitValue(c) < 16 }

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }

// parseInteger reads an integer of base 2 to 36 with an optional sign, white
// space around it, and 0x before base 16.
func parseInteger(s string, base int) (float64, bool) {
	s = strings.Trim(s, " \t\n\v\f\r")
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	if base == 16 && len(s) > 2 && (s[:2] == "0x" || s[:2] == "0X") {
		s = s[2:]
	}
	n, ok := parseBase(s, base)
	if negative {
		n = -n
	}
	return n, ok
}
