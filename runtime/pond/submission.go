package pond

import "strings"

// SubmissionMessage returns the message of a record about one mail: its envelope and what became of
// it. The protocol wants one line, and text comes from strangers: line ends at its end are dropped,
// and each other control character becomes a space.
func SubmissionMessage(sender string, recipients []string, text string) string {
	text = strings.TrimRight(text, "\r\n")
	size := len("from=<> to=") + len(sender) + 1 + len(text)
	for _, recipient := range recipients {
		size += len("<>,") + len(recipient)
	}
	var b strings.Builder
	b.Grow(size)
	b.WriteString("from=<")
	writeLine(&b, sender)
	b.WriteString("> to=")
	for i, recipient := range recipients {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('<')
		writeLine(&b, recipient)
		b.WriteByte('>')
	}
	if text != "" {
		b.WriteByte(' ')
		writeLine(&b, text)
	}
	return b.String()
}

func writeLine(b *strings.Builder, s string) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == 0x7f {
			b.WriteByte(' ')
		} else {
			b.WriteByte(c)
		}
	}
}
