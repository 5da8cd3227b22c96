package dialect

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
)

const (
	readAhead = 4096
	maxBuffer = 1 << 20 // for setvbuf
	// maxNumeral is how much of a file is read for one number, as in Lua 5.3.
	maxNumeral = 200
)

// file is a Lua file handle. Writing is only buffered on demand, so nothing is
// lost when a script forgets to close.
type file struct {
	lib     *library
	f       *os.File      // nil for standard output and error
	w       io.Writer     // nil if not open for writing
	pending *bufio.Writer // what setvbuf asked for, before w; nil: unbuffered
	byLine  bool          // pending is written at the end of each line
	process *process      // of io.popen
	canRead bool
	waits   bool // reading and writing may take long: no regular file
	std     bool
	closed  bool
	busy    bool // a task waits in an operation on it

	buf []byte // read but not yet consumed
	eof bool
}

var errBusy = errors.New("file is in use by another task")

func (lib *library) newFile(f *os.File, canRead, canWrite bool) *file {
	h := &file{lib: lib, f: f, canRead: canRead}
	if canWrite {
		h.w = f
	}
	info, err := f.Stat()
	h.waits = err != nil || !info.Mode().IsRegular()
	return h
}

// block runs fn, which reads from or writes to f, without holding up other
// tasks, unless the file is one that never waits.
func (h *file) block(L *lua.LState, fn func() error) (err error) {
	if !h.waits {
		return fn()
	}
	if h.busy {
		return errBusy
	}
	h.busy = true
	defer func() { h.busy = false }()
	h.lib.Block(L, func(ctx context.Context) {
		past := time.Unix(1, 0)
		stop := context.AfterFunc(ctx, func() { h.f.SetDeadline(past) })
		err = fn()
		if !stop() {
			h.f.SetDeadline(time.Time{})
		}
		if ctx.Err() != nil {
			err = ctx.Err()
		}
	})
	return err
}

// fill reads more into the buffer; at the end of the file it sets eof.
func (h *file) fill(L *lua.LState) error {
	if h.eof {
		return nil
	}
	n := len(h.buf)
	h.buf = append(h.buf, make([]byte, max(readAhead, n))...)
	got := 0
	err := h.block(L, func() (err error) {
		got, err = h.f.Read(h.buf[n:])
		return err
	})
	h.buf = h.buf[:n+got]
	if err == io.EOF {
		h.eof, err = true, nil
	}
	return err
}

// take consumes n buffered bytes.
func (h *file) take(n int) lua.LValue {
	s := lua.LString(h.buf[:n])
	h.buf = h.buf[n:]
	if len(h.buf) == 0 {
		h.buf = nil
	}
	return s
}

// ready fills the buffer until done finds what it looks for, or to the end.
func (h *file) ready(L *lua.LState, done func(buf []byte) bool) error {
	h.eof = false // a file can grow, a terminal go on
	for !done(h.buf) && !h.eof {
		if len(h.buf) > maxString {
			return errors.New("too much data to read at once")
		}
		if err := h.fill(L); err != nil {
			return err
		}
	}
	return nil
}

// readLine returns nil at the end.
func (h *file) readLine(L *lua.LState, keepEnd bool) (lua.LValue, error) {
	scanned, end := 0, -1
	err := h.ready(L, func(buf []byte) bool {
		if i := bytes.IndexByte(buf[scanned:], '\n'); i >= 0 {
			end = scanned + i
		}
		scanned = len(buf)
		return end >= 0
	})
	switch {
	case err != nil:
		return lua.LNil, err
	case end >= 0 && keepEnd:
		return h.take(end + 1), nil
	case end >= 0:
		line := h.take(end)
		h.take(1)
		return line, nil
	case len(h.buf) == 0:
		return lua.LNil, nil
	}
	return h.take(len(h.buf)), nil
}

func (h *file) readAll(L *lua.LState) (lua.LValue, error) {
	err := h.ready(L, func([]byte) bool { return false })
	if err != nil {
		return lua.LNil, err
	}
	return h.take(len(h.buf)), nil
}

// readBytes returns nil at the end, also for n = 0.
func (h *file) readBytes(L *lua.LState, n int) (lua.LValue, error) {
	err := h.ready(L, func(buf []byte) bool { return len(buf) >= max(n, 1) })
	if err != nil || len(h.buf) == 0 {
		return lua.LNil, err
	}
	return h.take(min(max(n, 0), len(h.buf))), nil
}

// readNumber returns nil if what follows is no number.
func (h *file) readNumber(L *lua.LState) (lua.LValue, error) {
	err := h.ready(L, func(buf []byte) bool {
		h.buf = bytes.TrimLeft(buf, " \t\n\v\f\r")
		return len(h.buf) > maxNumeral || numeralEnd(h.buf) < len(h.buf)
	})
	if err != nil {
		return lua.LNil, err
	}
	s := h.take(min(numeralEnd(h.buf), maxNumeral))
	if n, ok := ParseNumber(s.String()); ok {
		return lua.LNumber(n), nil
	}
	return lua.LNil, nil
}

// numeralEnd is the length of the numeral that b begins with, as far as single
// characters tell.
func numeralEnd(b []byte) int {
	i := 0
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		i++
	}
	if n := wordEnd(b[i:]); n > 0 {
		return i + n
	}
	digit, exponent := isDigit, byte('e')
	if i+1 < len(b) && b[i] == '0' && b[i+1]|0x20 == 'x' {
		digit, exponent = isHex, 'p'
		i += 2
	}
	point := false
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case digit(c):
		case c == '.' && !point:
			point = true
		case c|0x20 == exponent:
			exponent, digit, point = 0, isDigit, true
			if i+1 < len(b) && (b[i+1] == '-' || b[i+1] == '+') {
				i++
			}
		default:
			return i
		}
	}
	return i
}

// wordEnd is the length of the word for a number that b begins with, or of its
// beginning if b ends there.
func wordEnd(b []byte) int {
	for _, word := range []string{"infinity", "inf", "nan"} {
		n := min(len(word), len(b))
		if n > 0 && strings.EqualFold(string(b[:n]), word[:n]) {
			return n
		}
	}
	return 0
}

func (h *file) write(L *lua.LState, data []byte) error {
	if h.f == nil {
		_, err := h.w.Write(data)
		return err
	}
	if err := h.unread(); err != nil {
		return err
	}
	return h.block(L, func() error {
		if h.pending == nil {
			_, err := h.w.Write(data)
			return err
		}
		_, err := h.pending.Write(data)
		if err == nil && h.byLine && bytes.IndexByte(data, '\n') >= 0 {
			err = h.pending.Flush()
		}
		return err
	})
}

func (h *file) flush(L *lua.LState) error {
	if h.pending == nil || h.pending.Buffered() == 0 {
		return nil
	}
	return h.block(L, h.pending.Flush)
}

// unread moves the position of the file back to where the script has read.
func (h *file) unread() error {
	n := len(h.buf)
	if n == 0 || h.waits {
		return nil
	}
	h.buf = nil
	_, err := h.f.Seek(-int64(n), io.SeekCurrent)
	return err
}

// close closes the handle; it waits for a process to end.
func (h *file) close(L *lua.LState) error {
	if h.busy {
		return errBusy
	}
	err := h.flush(L)
	h.closed, h.buf = true, nil
	if e := h.f.Close(); err == nil {
		err = e
	}
	if h.process != nil {
		h.lib.Block(L, h.process.wait)
	}
	return err
}
