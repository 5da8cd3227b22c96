package submit

import (
	"bufio"
	"io"
)

// A dotReader reads up to a line that holds nothing but a dot, as sendmail does
// without -i. That line and what follows are not part of the message.
type dotReader struct {
	r       *bufio.Reader
	pending []byte // read from r, not yet given away; valid until r is used again
	midline bool   // pending, or what comes next, does not begin a line
	err     error
}

func newDotReader(r io.Reader) *dotReader {
	return &dotReader{r: bufio.NewReaderSize(r, 32*1024)}
}

func (d *dotReader) Read(p []byte) (int, error) {
	for len(d.pending) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		d.next()
	}
	n := copy(p, d.pending)
	d.pending = d.pending[n:]
	return n, nil
}

// next fetches a line, or the part of one that fits into the buffer.
func (d *dotReader) next() {
	line, err := d.r.ReadSlice('\n')
	if !d.midline && isDot(line) {
		d.err = io.EOF
		return
	}
	d.midline = err == bufio.ErrBufferFull
	if err != nil && !d.midline {
		d.err = err
	}
	d.pending = line
}

func isDot(line []byte) bool {
	switch string(line) {
	case ".\n", ".\r\n", ".":
		return true
	}
	return false
}
