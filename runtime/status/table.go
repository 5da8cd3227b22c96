package status

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// widest is how many characters a column may have that clients fill, so that
// the others stay in view.
const widest = 40

var header = []string{"AGE", "STAGE", "SINCE", "UID", "PID", "SIZE", "SENDER", "RCPTS", "ACTION"}

// Write prints the mails in flight, one per line.
func (r *Report) Write(w io.Writer) error {
	var out strings.Builder
	out.WriteString(r.summary() + "\n")
	if len(r.Mails) > 0 {
		rows := [][]string{header}
		for i := range r.Mails {
			rows = append(rows, r.Mails[i].row())
		}
		align(&out, rows)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func (r *Report) summary() string {
	mails := strconv.Itoa(len(r.Mails)) + " mails"
	switch len(r.Mails) {
	case 0:
		mails = "no mails"
	case 1:
		mails = "1 mail"
	}
	state := "accepting connections"
	if !r.Ready {
		state = "not accepting connections"
	}
	return fmt.Sprintf("%s in flight, %s, %s", mails, sizeText(r.Bytes), state)
}

func (m *Mail) row() []string {
	uid, pid := "-", "-"
	if m.UID != nil {
		uid = strconv.FormatUint(uint64(*m.UID), 10)
	}
	if m.PID != 0 {
		pid = strconv.Itoa(m.PID)
	}
	row := []string{ageText(m.Age), m.Stage, ageText(m.StageAge), uid, pid, sizeText(m.Size), clean(m.Sender), strconv.Itoa(m.Recipients), clean(m.Action)}
	if m.Size == 0 {
		row[5] = ""
	}
	if m.Recipients == 0 {
		row[6], row[7] = "", ""
	} else if m.Sender == "" {
		row[6] = "<>"
	}
	if m.From != "" {
		row[3], row[4] = clean(m.From), ""
	}
	for i, cell := range row {
		if cell == "" {
			row[i] = "-"
		}
	}
	return row
}

// clean makes text of clients fit to be shown: a sender must not control the
// terminal.
func clean(text string) string {
	text = strings.Map(func(c rune) rune {
		if c == utf8.RuneError || !unicode.IsPrint(c) {
			return '?'
		}
		return c
	}, text)
	if runes := []rune(text); len(runes) > widest {
		text = string(runes[:widest-1]) + "…"
	}
	return text
}

// align pads the cells of all but the last column.
func align(out *strings.Builder, rows [][]string) {
	widths := make([]int, len(header))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		for i, cell := range row[:len(row)-1] {
			out.WriteString(cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
		}
		out.WriteString(row[len(row)-1] + "\n")
	}
}

// ageText is a time in seconds, in a form that is short at any length.
func ageText(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + "s"
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}

func sizeText(bytes uint64) string {
	const units = "KMGT"
	value, unit := float64(bytes), -1
	for value >= 1024 && unit < len(units)-1 {
		value /= 1024
		unit++
	}
	switch {
	case unit < 0:
		return strconv.FormatUint(bytes, 10) + " B"
	case value < 10:
		return fmt.Sprintf("%.1f %ciB", value, units[unit])
	}
	return fmt.Sprintf("%.0f %ciB", value, units[unit])
}
