package submit

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strings"
)

// maxHeader bounds the header that -t reads into memory. Real ones have some
// kilobytes; qmail and Postfix stop caring at 100 KiB.
const maxHeader = 1 << 20

// A header is the beginning of a message as -t sees it.
type header struct {
	kept       []byte // the bytes without Bcc fields, up to the end of the header
	recipients []string
	resent     []string // from Resent- fields, which stand for the others (RFC 5322 3.6.6)
}

// extractRecipients returns the message without its Bcc fields and the
// addresses of its To, Cc and Bcc fields. Errors are data errors.
func extractRecipients(m *message) (*message, []string, error) {
	r := bufio.NewReaderSize(m, 32*1024)
	var h header
	consumed, err := h.read(r)
	if err != nil {
		return nil, nil, err
	}
	recipients := h.recipients
	if len(h.resent) > 0 {
		recipients = h.resent
	}
	size := m.size - consumed + int64(len(h.kept))
	return &message{io.MultiReader(bytes.NewReader(h.kept), r), size, m.close}, recipients, nil
}

// read reads up to the empty line, or to the first line that is no field, and
// returns how many bytes that were.
func (h *header) read(r *bufio.Reader) (consumed int64, err error) {
	var field []byte
	for {
		line, readErr := readLine(r, maxHeader-consumed)
		if readErr != nil && readErr != io.EOF {
			return consumed, readErr
		}
		consumed += int64(len(line))
		if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') && len(field) > 0 {
			field = append(field, line...)
		} else {
			if err := h.add(field); err != nil {
				return consumed, err
			}
			field = line
		}
		if fieldName(field) == "" && !bytes.HasPrefix(field, []byte("From ")) || readErr == io.EOF {
			return consumed, h.add(field)
		}
	}
}

// readLine reads one line of any length up to limit.
func readLine(r *bufio.Reader, limit int64) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if int64(len(line)+len(part)) > limit {
			return nil, dataError("the header has more than %d bytes", maxHeader)
		}
		line = append(line, part...)
		if err != bufio.ErrBufferFull {
			return line, err
		}
	}
}

var recipientFields = []string{"to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc"}

// add takes one whole field, or a line that is none.
func (h *header) add(field []byte) error {
	name := fieldName(field)
	if name != "bcc" && name != "resent-bcc" {
		h.kept = append(h.kept, field...)
	}
	if !slices.Contains(recipientFields, name) {
		return nil
	}
	_, value, _ := strings.Cut(string(field), ":")
	addresses, err := splitAddresses(strings.Join(strings.Fields(value), " "))
	if err != nil {
		return dataError("the field %s: %w", name, err)
	}
	if strings.HasPrefix(name, "resent-") {
		h.resent = append(h.resent, addresses...)
	} else {
		h.recipients = append(h.recipients, addresses...)
	}
	return nil
}

// fieldName returns the name of a header field in lower case, "" if the bytes
// are no field. Blanks before the colon are allowed (RFC 5322 4.5).
func fieldName(field []byte) string {
	name, _, ok := bytes.Cut(field, []byte(":"))
	if !ok {
		return ""
	}
	name = bytes.TrimRight(name, " \t")
	for _, c := range name {
		if c <= ' ' || c >= 0x7f {
			return ""
		}
	}
	return strings.ToLower(string(name))
}
