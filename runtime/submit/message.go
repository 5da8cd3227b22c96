package submit

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// memoryLimit is how large a message from a pipe may be before it goes to a
// temporary file. Nearly all mails that programs send are smaller.
const memoryLimit = 64 * 1024

// A message is a stream whose size is known.
type message struct {
	io.Reader
	size  int64
	close func() error
}

func (m *message) Close() error { return m.close() }

func nothingToClose() error { return nil }

// openMessage returns what stdin holds from its present position on. dots says
// that a lone dot ends the message. The caller closes the message, not stdin.
func openMessage(stdin *os.File, dots bool) (*message, error) {
	if m, err := openRegular(stdin, dots); m != nil || err != nil {
		return m, err
	}
	var r io.Reader = stdin
	if dots {
		r = newDotReader(stdin)
	}
	return spool(r, memoryLimit)
}

// openRegular returns nil if stdin is no regular file.
func openRegular(stdin *os.File, dots bool) (*message, error) {
	info, err := stdin.Stat()
	if err != nil {
		return nil, fmt.Errorf("standard input: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil
	}
	offset, err := stdin.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, fmt.Errorf("standard input: %w", err)
	}
	size := max(info.Size()-offset, 0)
	if dots {
		size, err = io.Copy(io.Discard, newDotReader(io.NewSectionReader(stdin, offset, size)))
		if err != nil {
			return nil, fmt.Errorf("read the message: %w", err)
		}
	}
	return &message{io.NewSectionReader(stdin, offset, size), size, nothingToClose}, nil
}

// spool reads r to its end.
func spool(r io.Reader, limit int64) (*message, error) {
	var head bytes.Buffer
	n, err := io.CopyN(&head, r, limit+1)
	switch {
	case err == io.EOF:
		return &message{&head, n, nothingToClose}, nil
	case err != nil:
		return nil, fmt.Errorf("read the message: %w", err)
	}
	return spoolFile(io.MultiReader(&head, r))
}

// spoolFile uses a file in $TMPDIR that is unlinked at once, so that nothing is
// left behind however this process ends.
func spoolFile(r io.Reader) (_ *message, err error) {
	file, err := os.CreateTemp("", "qrelay-submit-*")
	if err != nil {
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	defer func() {
		if err != nil {
			file.Close()
		}
	}()
	if err := os.Remove(file.Name()); err != nil {
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	size, err := io.Copy(file, r)
	if err != nil {
		return nil, fmt.Errorf("spool the message: %w", err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	return &message{file, size, file.Close}, nil
}
