package status

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"qrelay/runtime/terminal"
)

// A column is one of the table.
type column struct {
	title string
	// minor columns are left out of a terminal that is not this wide.
	minor int
	// widest is how many cells it may have if clients fill it, so that the
	// others stay in view; 0 for columns that are short anyway.
	widest int
}

var columns = []column{
	{title: "AGE"}, {title: "STAGE"}, {title: "SINCE", minor: 92}, {title: "UID", widest: 40}, {title: "PID", minor: 101}, {title: "SIZE", minor: 84},
	{title: "SENDER", widest: 40}, {title: "RCPTS", minor: 108}, {title: "ACTION", widest: 40},
}

// narrowest is what a column that clients fill keeps in a narrow terminal.
const narrowest = 8

// write prints the mails in flight, one per line, and as many as fit.
func (r *Report) write(w io.Writer, s size) error {
	var out strings.Builder
	out.WriteString(r.summary() + "\n")
	mails := r.Mails
	if room := s.rows - 3; s.rows > 0 && len(mails) > room { // besides summary, titles, cursor
		mails = mails[:max(room-1, 0)]
	}
	if len(mails) > 0 {
		newTable(mails, s.columns).write(&out)
	}
	if more := len(r.Mails) - len(mails); more > 0 {
		fmt.Fprintf(&out, "… and %d more\n", more)
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
	row := []string{ageText(m.Age), m.Stage, ageText(m.StageAge), uid, pid, sizeText(m.Size), terminal.Printable(m.Sender), strconv.Itoa(m.Recipients), terminal.Printable(m.Action)}
	if m.Size == 0 {
		row[5] = ""
	}
	if m.Recipients == 0 {
		row[6], row[7] = "", ""
	} else if m.Sender == "" {
		row[6] = "<>"
	}
	if m.From != "" {
		row[3], row[4] = terminal.Printable(m.From), ""
	}
	for i, cell := range row {
		if cell == "" {
			row[i] = "-"
		}
	}
	return row
}

// A table has the columns that are shown.
type table struct {
	rows   [][]string
	widths []int
}

// newTable makes a table that fits into so many characters; 0 is any number.
func newTable(mails []Mail, width int) *table {
	t := &table{rows: make([][]string, 1+len(mails))}
	var all [][]string
	for i := range mails {
		all = append(all, mails[i].row())
	}
	var flexible []int
	for i, c := range columns {
		if width > 0 && width < c.minor {
			continue
		}
		if c.widest > 0 {
			flexible = append(flexible, len(t.widths))
		}
		t.widths = append(t.widths, cells(c.title))
		t.rows[0] = append(t.rows[0], c.title)
		for j, row := range all {
			t.add(j+1, row[i], c.widest)
		}
	}
	if width > 0 {
		t.fit(flexible, width)
	}
	return t
}

// add appends a cell to a row.
func (t *table) add(row int, cell string, widest int) {
	if widest > 0 {
		cell = cut(cell, widest)
	}
	t.rows[row] = append(t.rows[row], cell)
	last := len(t.widths) - 1
	t.widths[last] = max(t.widths[last], cells(cell))
}

// gap is between two columns.
const gap = 2

// fit makes columns narrower, the widest first, until the table fits.
func (t *table) fit(flexible []int, width int) {
	total := gap * (len(t.widths) - 1)
	for _, w := range t.widths {
		total += w
	}
	for ; total > width; total-- {
		widest := flexible[0]
		for _, i := range flexible {
			if t.widths[i] > t.widths[widest] {
				widest = i
			}
		}
		if t.widths[widest] <= narrowest {
			return
		}
		t.widths[widest]--
	}
}

// write prints the rows, padded but for the last column.
func (t *table) write(out *strings.Builder) {
	last := len(t.widths) - 1
	for _, row := range t.rows {
		for i, cell := range row[:last] {
			out.WriteString(pad(cut(cell, t.widths[i]), t.widths[i]+gap))
		}
		out.WriteString(cut(row[last], t.widths[last]) + "\n")
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
