package dialect

import (
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// verb is one conversion of a format string: %[flags][width][.precision]c.
type verb struct {
	minus, plus, space, alternate, zero bool
	width, precision                    int // precision -1: not given
	conversion                          byte
}

// string.format(format, …)
func stringFormat(L *lua.LState) int {
	format := checkString(L, 1)
	var out []byte
	for arg := 1; ; {
		i := strings.IndexByte(format, '%')
		if i < 0 {
			return pushString(L, string(append(out, format...)))
		}
		out = append(out, format[:i]...)
		format = format[i+1:]
		if strings.HasPrefix(format, "%") {
			out = append(out, '%')
			format = format[1:]
			continue
		}
		v, n := parseVerb(L, format)
		format = format[n:]
		arg++
		if arg > L.GetTop() {
			argError(L, arg, "value expected")
		}
		out = v.append(L, out, arg)
		checkSize(L, len(out))
	}
}

// parseVerb reads a conversion after its '%'. Width and precision have at most
// two digits.
func parseVerb(L *lua.LState, format string) (v verb, n int) {
	for n < len(format) && v.flag(format[n]) {
		n++
	}
	v.width, n = twoDigits(format, n)
	v.precision = -1
	if n < len(format) && format[n] == '.' {
		v.precision, n = twoDigits(format, n+1)
	}
	if n == len(format) || strings.IndexByte("diuoxXcsqeEfFgGaA", format[n]) < 0 {
		raise(L, "invalid option '%%%s' to 'format'", format[:min(n+1, len(format))])
	}
	v.conversion = format[n]
	return v, n + 1
}

func twoDigits(s string, i int) (value, end int) {
	for end = i; end < len(s) && end < i+2 && isDigit(s[end]); end++ {
		value = value*10 + int(s[end]-'0')
	}
	return value, end
}

func (v *verb) flag(c byte) bool {
	switch c {
	case '-':
		v.minus = true
	case '+':
		v.plus = true
	case ' ':
		v.space = true
	case '#':
		v.alternate = true
	case '0':
		v.zero = true
	default:
		return false
	}
	return true
}

func (v *verb) append(L *lua.LState, out []byte, arg int) []byte {
	switch v.conversion {
	case 'd', 'i':
		return v.appendInteger(out, checkNumber(L, arg))
	case 'u', 'o', 'x', 'X':
		return v.appendUnsigned(out, checkNumber(L, arg))
	case 'c':
		return v.pad(out, "", string([]byte{byte(checkInt(L, arg))}))
	case 's':
		s := formatString(L, arg)
		if v.precision >= 0 && v.precision < len(s) {
			s = s[:v.precision]
		}
		v.zero = false
		return v.pad(out, "", s)
	case 'q':
		return quote(out, formatString(L, arg))
	}
	return v.appendFloat(out, checkNumber(L, arg))
}

// formatString is argument arg by tostring.
func formatString(L *lua.LState, arg int) string {
	s, ok := text(toStringMeta(L, L.Get(arg)))
	if !ok {
		raise(L, "'__tostring' must return a string")
	}
	return s
}

// pad writes sign and digits in the given width.
func (v *verb) pad(out []byte, sign, digits string) []byte {
	fill := v.width - len(sign) - len(digits)
	switch {
	case v.minus:
		out = append(append(out, sign...), digits...)
		return appendRepeat(out, ' ', fill)
	case v.zero:
		out = appendRepeat(append(out, sign...), '0', fill)
	default:
		out = append(appendRepeat(out, ' ', fill), sign...)
	}
	return append(out, digits...)
}

func appendRepeat(out []byte, c byte, n int) []byte {
	for range n {
		out = append(out, c)
	}
	return out
}

// sign is what stands before a number that is not negative.
func (v *verb) sign() string {
	switch {
	case v.plus:
		return "+"
	case v.space:
		return " "
	}
	return ""
}

// integerDigits applies the precision, which is the least number of digits.
func (v *verb) integerDigits(digits string) string {
	if v.precision < 0 {
		return digits
	}
	v.zero = false
	if v.precision == 0 && digits == "0" {
		return ""
	}
	return strings.Repeat("0", max(v.precision-len(digits), 0)) + digits
}

// toInt64 converts as the processor does for LuaJIT: what does not fit, NaN too,
// becomes the least integer.
func toInt64(f float64) int64 {
	if f >= -1<<63 && f < 1<<63 {
		return int64(f)
	}
	return math.MinInt64
}

func (v *verb) appendInteger(out []byte, f float64) []byte {
	n := toInt64(f)
	if n < 0 {
		return v.pad(out, "-", v.integerDigits(strconv.FormatUint(-uint64(n), 10)))
	}
	return v.pad(out, v.sign(), v.integerDigits(strconv.FormatInt(n, 10)))
}

// appendUnsigned takes a negative number as its two's complement of 64 bits.
func (v *verb) appendUnsigned(out []byte, f float64) []byte {
	n := uint64(toInt64(f))
	if f >= 1<<63 {
		n = uint64(toInt64(f - 1<<64))
	}
	base, prefix := 10, ""
	switch v.conversion {
	case 'o':
		base, prefix = 8, "0"
	case 'x', 'X':
		base, prefix = 16, "0"+string(v.conversion)
	}
	digits := strconv.FormatUint(n, base)
	if v.conversion == 'X' {
		digits = strings.ToUpper(digits)
	}
	if !v.alternate || n == 0 {
		prefix = ""
	}
	return v.pad(out, prefix, v.integerDigits(digits))
}

// quote writes s as a Lua literal.
func quote(out []byte, s string) []byte {
	out = append(out, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\' || c == '\n':
			out = append(out, '\\', c)
		case c < ' ' || c == 0x7f:
			out = append(out, '\\')
			if i+1 < len(s) && isDigit(s[i+1]) {
				out = append(out, '0'+c/100, '0'+c/10%10, '0'+c%10)
			} else {
				out = strconv.AppendUint(out, uint64(c), 10)
			}
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}
