package mail

import (
	"errors"
	"fmt"
	"strconv"
)

// MaxInserted is the most headers that can be inserted into one mail.
const MaxInserted = 16

var (
	// ErrHeaderName says that a header cannot have such a name.
	//
	//lint:ignore ST1005 Compat: the C++ daemon's words, which scripts may look for
	ErrHeaderName = errors.New("Illegal header name")
	// ErrHeaderValue says that a header cannot have such a value.
	//
	//lint:ignore ST1005 Compat: as above
	ErrHeaderValue = errors.New("Illegal header value")
	// ErrTooManyHeaders says that MaxInserted headers have been inserted already.
	ErrTooManyHeaders = errors.New("too many headers")
)

// A field is one header of a mail.
type field struct{ name, value string }

// InsertHeader adds a header in front of the message and of all that were inserted before. The name
// is one or more printable ASCII characters without space and ':' (RFC 5322 3.6.8), the value any
// number of printable ASCII characters and spaces. It is not folded, however long it is. It fails with
// [ErrHeaderName], [ErrHeaderValue] or [ErrTooManyHeaders], and then the mail is as it was.
func (m *Mail) InsertHeader(name, value string) error {
	if err := checkHeaderName(name); err != nil {
		return err
	}
	for i := range len(value) {
		if c := value[i]; c < ' ' || c > '~' {
			return fmt.Errorf("%w of %s: byte %q at position %d; printable ASCII characters and spaces are allowed",
				ErrHeaderValue, name, value[i:i+1], i+1)
		}
	}
	if len(m.inserted) == MaxInserted {
		return fmt.Errorf("%w: no more than %d can be inserted", ErrTooManyHeaders, MaxInserted)
	}
	m.inserted = append(m.inserted, field{name, value})
	return nil
}

// checkHeaderName returns [ErrHeaderName] with the reason if no header can have this name.
func checkHeaderName(name string) error {
	if name == "" {
		return fmt.Errorf("%w: it is empty", ErrHeaderName)
	}
	for i := range len(name) {
		if !isNameByte(name[i]) {
			return fmt.Errorf("%w %q: printable ASCII characters other than space and ':' are allowed",
				ErrHeaderName, shorten(name))
		}
	}
	return nil
}

// isNameByte reports whether c is ftext of RFC 5322 3.6.8.
func isNameByte(c byte) bool { return c > ' ' && c <= '~' && c != ':' }

// AppendHeaders appends all that goes out before the message: the inserted headers, the last one
// first, and then, if the client is known, where the mail came from.
//
// Compat: all lines end with CR LF, whatever the line ends of the message are, and the Received
// header has neither date nor host names.
func (m *Mail) AppendHeaders(dst []byte) []byte {
	for i := len(m.inserted) - 1; i >= 0; i-- {
		dst = append(dst, m.inserted[i].name...)
		dst = append(dst, ": "...)
		dst = append(dst, m.inserted[i].value...)
		dst = append(dst, "\r\n"...)
	}
	if m.Client != nil {
		dst = append(dst, "Received: from PID="...)
		dst = strconv.AppendInt(dst, int64(m.Client.PID), 10)
		dst = append(dst, " UID="...)
		dst = strconv.AppendUint(dst, uint64(m.Client.UID), 10)
		dst = append(dst, " with QMQP\r\n"...)
	}
	return dst
}

// InsertedSize returns how many bytes the inserted headers add to the message, without the Received
// header.
func (m *Mail) InsertedSize() int {
	size := 0
	for _, f := range m.inserted {
		size += len(f.name) + len(": ") + len(f.value) + len("\r\n")
	}
	return size
}

// shorten cuts what somebody wrote down to what fits into an error message.
func shorten(s string) string {
	const most = 80
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
