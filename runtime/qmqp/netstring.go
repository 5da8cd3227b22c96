package qmqp

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// ErrIncomplete says that the bytes so far are the beginning of something valid: read more and try again.
var ErrIncomplete = errors.New("qmqp: incomplete netstring")

// ErrNetstring says that the bytes are no netstring. What follows on the connection cannot be understood.
var ErrNetstring = errors.New("qmqp: bad netstring")

// ErrTooLarge says that a netstring is well-formed and longer than the caller allows.
var ErrTooLarge = errors.New("qmqp: netstring is too large")

// MaxHeader is the most bytes that the length of an outer netstring and its colon may take.
// Nineteen digits hold every length there is; the rest is room for leading zeros.
const MaxHeader = 32

// ParseHeader reads the length of an outer netstring from the beginning of b, which may still grow:
// as long as it returns [ErrIncomplete], call it again with more bytes. It never looks beyond the
// colon or [MaxHeader] bytes. The rest of b begins behind the colon; on an error it is all of b.
//
// The other errors are [ErrTooLarge] if the length is over limit, and [ErrNetstring].
//
// Compat: leading zeros are accepted here, though the netstring document forbids them.
func ParseHeader(b []byte, limit int64) (size int64, rest []byte, err error) {
	for i, c := range b[:min(len(b), MaxHeader)] {
		switch {
		case c == ':' && i > 0:
			return headerSize(size, limit, b, i)
		case c < '0' || c > '9':
			return 0, b, fmt.Errorf("%w: %q where its length is expected", ErrNetstring, c)
		}
		size = appendDigit(size, c)
	}
	switch {
	case len(b) < MaxHeader:
		return 0, b, ErrIncomplete
	case size > limit:
		return 0, b, tooLarge(size, limit)
	}
	return 0, b, fmt.Errorf("%w: no ':' within %d bytes", ErrNetstring, MaxHeader)
}

func headerSize(size, limit int64, b []byte, colon int) (int64, []byte, error) {
	if size > limit {
		return 0, b, tooLarge(size, limit)
	}
	return size, b[colon+1:], nil
}

func tooLarge(size, limit int64) error {
	return fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrTooLarge, size, limit)
}

// Payload returns the payload of a netstring from frame, which holds what follows the colon:
// as many bytes as the header announced, and one for the comma. Its error is [ErrNetstring].
func Payload(frame []byte) ([]byte, error) {
	last := len(frame) - 1
	if last < 0 || frame[last] != ',' {
		return nil, fmt.Errorf("%w: no ',' at its end", ErrNetstring)
	}
	return frame[:last], nil
}

// cut takes one inner netstring off b. Inner netstrings are strict: no leading zeros.
func cut(b []byte) (value, rest []byte, ok bool) {
	var size int64
	for i, c := range b {
		switch {
		case c == ':' && i > 0:
			return cutSized(b[i+1:], size)
		case c < '0' || c > '9', i > 0 && b[0] == '0':
			return nil, nil, false
		}
		if size = appendDigit(size, c); size > int64(len(b)) {
			return nil, nil, false
		}
	}
	return nil, nil, false
}

func cutSized(b []byte, size int64) (value, rest []byte, ok bool) {
	if size >= int64(len(b)) || b[size] != ',' {
		return nil, nil, false
	}
	return b[:size:size], b[size+1:], true
}

// appendDigit returns size*10 plus the digit c, or the greatest length that can be told.
func appendDigit(size int64, c byte) int64 {
	if size > (math.MaxInt64-9)/10 {
		return math.MaxInt64
	}
	return size*10 + int64(c-'0')
}

// AppendNetstring appends s as a netstring.
func AppendNetstring[S string | []byte](dst []byte, s S) []byte {
	dst = appendLength(dst, int64(len(s)))
	dst = append(dst, s...)
	return append(dst, ',')
}

func appendLength(dst []byte, size int64) []byte {
	dst = strconv.AppendInt(dst, size, 10)
	return append(dst, ':')
}

// netstringSize returns how many bytes a netstring of size bytes takes on the wire.
func netstringSize(size int64) int64 {
	digits := int64(1)
	for rest := size; rest >= 10; rest /= 10 {
		digits++
	}
	return digits + 1 + size + 1
}
