package status

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"qrelay/runtime/terminal"
)

// Interval is the time between two tables of Watch.
const Interval = time.Second

// clear takes a terminal's cursor home and erases what is below (ECMA-48 CUP,
// ED).
const clear = "\x1b[H\x1b[J"

// A size is how many characters fit into a line, and lines onto the screen. 0
// means any number.
type size struct{ columns, rows int }

// A View is how reports are shown.
type View struct {
	JSON     bool // one line per report
	Terminal bool // tables fit into it, and Watch shows each in place of the last one
}

// Show asks once.
func (v View) Show(ctx context.Context, c *Client, w io.Writer) error {
	report, err := c.Ask(ctx)
	if err != nil {
		return err
	}
	s := v.size(w)
	s.rows = 0 // it may scroll
	return v.print(report, w, s)
}

// size returns what fits.
func (v View) size(w io.Writer) size {
	if !v.Terminal {
		return size{}
	}
	columns, rows := terminal.Size(w)
	return size{columns, rows}
}

// Watch asks again and again until ctx ends, which is no error. An error ends
// it if it is the first answer; a daemon that restarts is waited for.
func (v View) Watch(ctx context.Context, c *Client, w io.Writer, interval time.Duration) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for first := true; ; first = false {
		report, err := c.Ask(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && first:
			return err
		default:
			err = v.next(report, err, w)
		}
		if err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// next prints a report, or why there is none. Its error is that of w.
func (v View) next(report *Report, failure error, w io.Writer) error {
	if v.Terminal && !v.JSON {
		if _, err := io.WriteString(w, clear); err != nil {
			return err
		}
	}
	if failure == nil {
		return v.print(report, w, v.size(w))
	}
	var err error
	if v.JSON {
		err = json.NewEncoder(w).Encode(map[string]string{"error": failure.Error()})
	} else {
		_, err = fmt.Fprintln(w, failure)
	}
	return err
}

func (v View) print(report *Report, w io.Writer, s size) error {
	if v.JSON {
		return json.NewEncoder(w).Encode(report)
	}
	return report.write(w, s)
}
