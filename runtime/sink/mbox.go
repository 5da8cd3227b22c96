package sink

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"qrelay/runtime/qmqp"
)

const (
	// lockTimeout is how long a mail reader may keep the file for itself.
	lockTimeout = 10 * time.Second
	// lockInterval is how often the lock is asked for meanwhile. The blocking
	// form of the system call could not be given up.
	lockInterval = 20 * time.Millisecond
)

// An Mbox is a file that mails are appended to, in the format mboxrd: a line
// "From SENDER DATE" before each, an empty line after it, and a '>' before
// lines that begin with "From " after any number of '>'. Only the last line end
// can be lost: a message without one gets it.
//
// The file is locked with fcntl(2), which mail readers respect.
type Mbox struct {
	path        string
	trace       bool
	lockTimeout time.Duration
	mu          sync.Mutex // locks of fcntl do not hold within a process
}

// OpenMbox makes the file if it is missing. trace is as for [OpenMaildir].
func OpenMbox(path string, trace bool) (*Mbox, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("mbox: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("mbox: %w", err)
	}
	return &Mbox{path: path, trace: trace, lockTimeout: lockTimeout}, nil
}

// Store appends the mail. If that fails half-way the file is cut back.
func (m *Mbox) Store(ctx context.Context, r qmqp.Request) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.store(ctx, r); err != nil {
		return "", fmt.Errorf("mbox: %w", err)
	}
	return "stored in " + m.path, nil
}

func (m *Mbox) store(ctx context.Context, r qmqp.Request) (err error) {
	file, err := os.OpenFile(m.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := m.lock(ctx, file); err != nil {
		return err
	}
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if err := m.write(file, r); err != nil {
		return errors.Join(err, file.Truncate(size))
	}
	return nil
}

// lock waits for the lock, which the end of file ends.
func (m *Mbox) lock(ctx context.Context, file *os.File) error {
	ctx, cancel := context.WithTimeoutCause(ctx, m.lockTimeout, errors.New("the file is locked by another program"))
	defer cancel()
	retry := time.NewTicker(lockInterval)
	defer retry.Stop()
	for {
		// The whole file, for writing. Locks of this kind belong to the open
		// file and conflict with the traditional ones of other processes.
		err := unix.FcntlFlock(file.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK})
		if err != unix.EAGAIN && err != unix.EACCES {
			return os.NewSyscallError("fcntl", err)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-retry.C:
		}
	}
}

func (m *Mbox) write(file *os.File, r qmqp.Request) error {
	w := bufio.NewWriterSize(file, 64*1024)
	fmt.Fprintf(w, "From %s %s\n", fromLineSender(r.Sender), time.Now().UTC().Format(time.ANSIC))
	if m.trace {
		w.Write(appendTrace(nil, r))
	}
	writeQuoted(w, r.Message)
	w.WriteByte('\n')
	if err := w.Flush(); err != nil {
		return err
	}
	return file.Sync()
}

// fromLineSender returns the sender as one word.
func fromLineSender(sender string) string {
	if sender == "" {
		return "MAILER-DAEMON"
	}
	return strings.Join(strings.Fields(sender), "-")
}

// writeQuoted writes message as a text of whole lines in which none begins with
// "From ". The writer keeps its first error.
func writeQuoted(w *bufio.Writer, message []byte) {
	for line := range bytes.Lines(message) {
		if bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) {
			w.WriteByte('>')
		}
		w.Write(line)
	}
	if len(message) > 0 && message[len(message)-1] != '\n' {
		w.WriteByte('\n')
	}
}
