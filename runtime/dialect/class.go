package dialect

// Character classes of the C locale, one bit each.
const (
	classAlpha = 1 << iota
	classControl
	classDigit
	classLower
	classPunct
	classSpace
	classUpper
	classHex
	classGraph
)

// classes holds the classes of each byte. Bytes from 0x80 on are in none.
var classes = makeClasses()

func makeClasses() (t [256]uint16) {
	for i := range 128 {
		c := byte(i)
		upper, lower := 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z'
		for _, class := range []struct {
			member bool
			bit    uint16
		}{
			{upper || lower, classAlpha},
			{c < ' ' || c == 0x7f, classControl},
			{isDigit(c), classDigit},
			{lower, classLower},
			{upper, classUpper},
			{isSpace(c), classSpace},
			{isHex(c), classHex},
			{' ' < c && c < 0x7f, classGraph},
			{' ' < c && c < 0x7f && !upper && !lower && !isDigit(c), classPunct},
		} {
			if class.member {
				t[c] |= class.bit
			}
		}
	}
	return t
}

// classBits maps the letter of a pattern class to its bits.
var classBits = [256]uint16{
	'a': classAlpha, 'c': classControl, 'd': classDigit, 'g': classGraph,
	'l': classLower, 'p': classPunct, 's': classSpace, 'u': classUpper,
	'w': classAlpha | classDigit, 'x': classHex,
}

// inClass reports whether c is in the class %letter: a capital letter means
// the complement, and what is no class letter stands for itself.
func inClass(c, letter byte) bool {
	lower := letter | 0x20
	if lower == 'z' && (letter == 'z' || letter == 'Z') {
		return (c == 0) == (letter == 'z')
	}
	bits := classBits[lower]
	if bits == 0 || !isLetter(letter) {
		return c == letter
	}
	return (classes[c]&bits != 0) == (letter == lower)
}
