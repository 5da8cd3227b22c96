package qmqp

import (
	"errors"
	"fmt"
	"io"
	"math"
)

// MaxResponse is the most bytes of a response, its letter included, that [ReadResponse] keeps.
// QMQP knows no limit; nobody needs to read more than a page about one mail.
const MaxResponse = 4096

// CutResponse is what is left of a response that is longer than that: with its framing it still
// fits into a page.
const CutResponse = MaxResponse - len("4090:,")

// firstRead is how much space reading a response begins with. Real ones are a line.
const firstRead = 256

// ReadResponse reads one response from r and returns as soon as its comma is there, without waiting
// for the end of the stream. What r gives beyond the comma is lost. A response that is longer than
// [MaxResponse] is cut to [CutResponse]; the status stands.
//
// If r fails or ends before that the error wraps r's error or [io.ErrUnexpectedEOF]. If what r gives
// is no response it is [ErrMalformedResponse]. How long a peer may take is for r's deadline to say.
//
// Compat: leading zeros in the length are accepted.
func ReadResponse(r io.Reader) (Response, error) {
	buf := make([]byte, 0, firstRead)
	size, buf, err := readHeader(r, buf)
	if err != nil {
		return Response{}, readError(err)
	}
	kept := int(min(size, MaxResponse))
	if buf, err = readUpTo(r, buf, kept+1); err != nil {
		return Response{}, readError(err)
	}
	last := buf[kept]
	if size > MaxResponse {
		if last, err = skip(r, buf, size); err != nil {
			return Response{}, readError(err)
		}
	}
	if last != ',' {
		return Response{}, readError(fmt.Errorf("%w: no ',' at its end", ErrNetstring))
	}
	if size > MaxResponse {
		kept = CutResponse
	}
	return ParseResponse(buf[:kept])
}

// readHeader reads until the length is complete. It returns the bytes that came after it.
func readHeader(r io.Reader, buf []byte) (size int64, rest []byte, err error) {
	for {
		size, rest, err = ParseHeader(buf, math.MaxInt64-1)
		if !errors.Is(err, ErrIncomplete) {
			return size, rest, err
		}
		if buf, err = readMore(r, buf); err != nil {
			return 0, nil, err
		}
	}
}

// readUpTo reads until buf has at least n bytes.
func readUpTo(r io.Reader, buf []byte, n int) ([]byte, error) {
	if n > cap(buf) {
		buf = append(make([]byte, 0, n), buf...)
	}
	for len(buf) < n {
		var err error
		if buf, err = readMore(r, buf); err != nil {
			return nil, err
		}
	}
	return buf, nil
}

// readMore appends what one Read gives to buf, which must have room. It never returns without
// either bytes or an error.
func readMore(r io.Reader, buf []byte) ([]byte, error) {
	for range maxEmptyReads {
		n, err := r.Read(buf[len(buf):cap(buf)])
		if n > 0 {
			return buf[:len(buf)+n], nil
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, io.ErrNoProgress
}

// maxEmptyReads is how often a reader may return neither bytes nor an error, as in package bufio.
const maxEmptyReads = 100

// skip reads the payload of size bytes to its end, of which buf holds the beginning, and returns the
// byte that follows it.
func skip(r io.Reader, buf []byte, size int64) (byte, error) {
	if _, err := io.CopyN(io.Discard, r, size-int64(len(buf))); err != nil {
		return 0, err
	}
	last, err := readMore(r, make([]byte, 0, 1))
	if err != nil {
		return 0, err
	}
	return last[0], nil
}

func readError(err error) error {
	switch {
	case errors.Is(err, ErrNetstring), errors.Is(err, ErrTooLarge):
		return fmt.Errorf("%w: %w", ErrMalformedResponse, err)
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("qmqp: read response: %w", err)
}
