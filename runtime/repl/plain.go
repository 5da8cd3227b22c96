package repl

import (
	"errors"
	"io"
	"os"
	"strings"
	"sync/atomic"
)

// A plainReader reads lines from what is no terminal, or from a dumb one, which
// edits lines itself.
type plainReader struct {
	in      *input
	prompts io.Writer
	stopped atomic.Bool
	given   atomic.Bool // up, by Ctrl-C
}

// newPlainReader makes a reader that writes its prompts to w.
func newPlainReader(f *os.File, w io.Writer) (*plainReader, error) {
	in, err := newInput(f)
	if err != nil {
		return nil, err
	}
	return &plainReader{in: in, prompts: w}, nil
}

func (r *plainReader) readLine(prompt string) (string, error) {
	if _, err := io.WriteString(r.prompts, prompt); err != nil {
		return "", err
	}
	var line strings.Builder
	for {
		b, err := r.in.next(-1)
		switch {
		case r.stopped.Load():
			return "", io.EOF
		case errors.Is(err, io.EOF) && line.Len() == 0:
			_, _ = io.WriteString(r.prompts, "\n") // so that what follows begins a line
			return "", err
		case r.given.CompareAndSwap(true, false):
			_, err := io.WriteString(r.prompts, "\n")
			return "", errors.Join(errInterrupted, err)
		case errors.Is(err, errWoken):
		case errors.Is(err, io.EOF) && line.Len() > 0:
			return line.String(), nil
		case err != nil:
			return "", err
		case b == '\n':
			return strings.TrimSuffix(line.String(), "\r"), nil
		default:
			line.WriteByte(b)
		}
	}
}

func (r *plainReader) remember(string) {}

// giveUp makes readLine return errInterrupted.
func (r *plainReader) giveUp() {
	r.given.Store(true)
	r.in.rouse()
}

// stop makes readLine return io.EOF.
func (r *plainReader) stop() {
	r.stopped.Store(true)
	r.in.rouse()
}

func (r *plainReader) close() { r.in.close() }
