package pg

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// A result is what a statement returned, complete and independent of the
// connection. It is not safe for concurrent use.
type result struct {
	columns  []string // shared by results of one statement; read-only
	rows     []string // each as in the DataRow message: length and bytes of every value
	size     int      // bytes of the rows
	affected int64    // rows inserted, updated, deleted, selected or copied
	next     int      // index of the row that fetch returns next
}

// large reports whether a result takes long to receive.
func (r *result) large() bool { return r != nil && r.size > maxRideResult }

// nullLength is the length that stands for NULL.
const nullLength = ^uint32(0)

// A rowReader takes the values of one row apart.
type rowReader struct {
	rest string
	// pins: a value is copied if it would keep a much larger row in memory.
	row int
}

// fetch returns the next row, false after the last.
func (r *result) fetch() (rowReader, bool) {
	if r.next >= len(r.rows) {
		return rowReader{}, false
	}
	row := r.rows[r.next]
	r.next++
	return rowReader{row, len(row)}, true
}

// A row of up to smallRow bytes may be kept in memory by one of its values.
const smallRow = 512

// value returns the next value of the row. There are as many as columns.
func (r *rowReader) value() text {
	var prefix [4]byte
	copy(prefix[:], r.rest)
	n := binary.BigEndian.Uint32(prefix[:])
	r.rest = r.rest[len(prefix):]
	if n == nullLength {
		return text{null: true}
	}
	s := r.rest[:n]
	r.rest = r.rest[n:]
	if r.row > smallRow && len(s) < r.row/2 {
		s = strings.Clone(s)
	}
	return text{s: s}
}

// A collector gathers what a statement returns.
type collector struct {
	limit   int // bytes
	size    int
	scratch []byte
	current *result
	last    *result // of the last statement that is complete
	tag     string  // of that statement
	count   int     // statements completed
}

// rowOverhead is what a row takes beside its values.
const rowOverhead = 16

// begin starts the rows of a statement.
func (c *collector) begin(columns []string) {
	c.current = &result{columns: columns}
}

// add takes over a copy of a row.
func (c *collector) add(values [][]byte) error {
	if c.current == nil || len(values) != len(c.current.columns) {
		return fmt.Errorf("protocol error: a row of %d values that was not announced", len(values))
	}
	b := c.scratch[:0]
	for _, v := range values {
		if v == nil {
			b = binary.BigEndian.AppendUint32(b, nullLength)
			continue
		}
		b = binary.BigEndian.AppendUint32(b, uint32(len(v)))
		b = append(b, v...)
	}
	if c.size += len(b) + rowOverhead; c.size > c.limit {
		return c.tooLarge()
	}
	c.current.rows = append(c.current.rows, string(b))
	if cap(b) <= maxScratch {
		c.scratch = b
	}
	return nil
}

func (c *collector) tooLarge() error {
	return fmt.Errorf("the result is larger than %d bytes (see max_result_size)", c.limit)
}

// maxScratch bounds the memory that a connection keeps for the next row.
const maxScratch = 64 << 10

// finish completes a statement. Only the last one's result is kept.
func (c *collector) finish(tag string) {
	if c.current == nil {
		c.current = &result{}
	}
	c.current.affected = pgconn.NewCommandTag(tag).RowsAffected()
	c.current.size = c.size
	c.last, c.current = c.current, nil
	c.size = 0
	c.tag = tag
	c.count++
}
