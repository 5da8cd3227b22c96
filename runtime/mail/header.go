package mail

import (
	"bytes"
	"strings"
)

// Header returns the first header called name, in any case, of the mail as it would go out now:
// inserted headers come first, the last one of them before the others, then the message's own. The
// Received header that is added on the way out is not among them, so that asking for Received gives
// the previous hop's.
//
// Lines may end with LF or CR LF. The value is unfolded (RFC 5322 2.2.3) and has no space around it;
// otherwise its bytes are as they came. The header ends with the first line that is empty or no field;
// only a "From " line of an mbox is allowed before the first field.
func (m *Mail) Header(name string) (value string, ok bool) {
	for i := len(m.inserted) - 1; i >= 0; i-- {
		if isNamed(m.inserted[i].name, name) {
			return strings.Trim(m.inserted[i].value, " "), true
		}
	}
	rest := m.Message
	if bytes.HasPrefix(rest, []byte("From ")) {
		_, rest = cutLine(rest)
	}
	for {
		found, raw, next, ok := cutField(rest)
		if !ok {
			return "", false
		}
		if isNamed(string(found), name) {
			return unfold(raw), true
		}
		rest = next
	}
}

// isNamed compares names without regard to case. Equal lengths rule out the letters beyond ASCII
// that Unicode folds into ASCII.
func isNamed(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }

// cutField takes the first field off b: its name and its value with all line ends in it.
func cutField(b []byte) (name, raw, rest []byte, ok bool) {
	colon := 0
	for colon < len(b) && isNameByte(b[colon]) {
		colon++
	}
	name = b[:colon]
	// Space before the colon is obsolete syntax (RFC 5322 4.5.8) that still comes.
	for colon < len(b) && isSpace(b[colon]) {
		colon++
	}
	if len(name) == 0 || colon == len(b) || b[colon] != ':' {
		return nil, nil, nil, false
	}
	start := b[colon+1:]
	_, rest = cutLine(start)
	for len(rest) > 0 && isSpace(rest[0]) {
		_, rest = cutLine(rest)
	}
	return name, start[:len(start)-len(rest)], rest, true
}

// unfold joins the lines of a field's value: the line ends go, the space that follows them stays.
func unfold(raw []byte) string {
	var value strings.Builder
	for len(raw) > 0 {
		var line []byte
		line, raw = cutLine(raw)
		value.Write(line)
	}
	return strings.Trim(value.String(), " \t")
}

// cutLine takes the first line off b, and its end.
func cutLine(b []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(b, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), rest
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }
