package process

import (
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// writevSlices is how many slices go into one writev; the kernel takes 1024.
const writevSlices = 64

// feeder writes a program's standard input. What fits into the pipe is written
// at once; only for the rest is there a goroutine that waits in Go's poller.
type feeder struct {
	fd   int      // the pipe until file owns it, then -1
	file *os.File // nil unless the goroutine was needed
	wg   sync.WaitGroup
}

// feed begins to write. The slices are in use until stop or close returns.
func (f *feeder) feed(data [][]byte) {
	rest, err := writeSlices(f.fd, slices.Clone(data))
	if err != unix.EAGAIN {
		f.finished(err)
		return
	}
	f.file = os.NewFile(uintptr(f.fd), "stdin")
	f.fd = -1
	f.wg.Go(func() { f.wait(rest) })
}

// wait writes the rest as the program reads.
func (f *feeder) wait(rest [][]byte) {
	raw, err := f.file.SyscallConn()
	if err != nil {
		panic(err) // only for a nil file
	}
	waitErr := raw.Write(func(fd uintptr) bool {
		rest, err = writeSlices(int(fd), rest)
		return err != unix.EAGAIN
	})
	if waitErr == nil {
		f.finished(err)
	}
}

// finished closes the pipe after the last byte. A program that does not read
// (EPIPE) has no use for the pipe either. After any other error, which a pipe
// does not have, the pipe must stay open: its end would look like the end of
// the input.
func (f *feeder) finished(err error) {
	if err == unix.EPIPE || err == nil {
		f.closePipe()
	}
}

// stop ends the writing and leaves the pipe open.
func (f *feeder) stop() {
	if f.file != nil {
		f.file.SetWriteDeadline(time.Unix(1, 0))
		f.wg.Wait()
	}
}

// close ends the writing and closes the pipe.
func (f *feeder) close() {
	f.stop()
	f.closePipe()
}

func (f *feeder) closePipe() {
	if f.file != nil {
		f.file.Close() // a second time does no harm
		return
	}
	closeFD(f.fd)
	f.fd = -1
}

// writeSlices writes until everything is written or the system refuses
// (EAGAIN: the pipe is full). It consumes data, whose elements it changes.
func writeSlices(fd int, data [][]byte) (rest [][]byte, err error) {
	for {
		for len(data) > 0 && len(data[0]) == 0 {
			data = data[1:]
		}
		if len(data) == 0 {
			return nil, nil
		}
		n, err := unix.Writev(fd, data[:min(len(data), writevSlices)])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return data, err
		}
		data = skip(data, n)
	}
}

// skip removes the first n bytes.
func skip(data [][]byte, n int) [][]byte {
	for n > 0 {
		k := min(n, len(data[0]))
		data[0] = data[0][k:]
		n -= k
		if len(data[0]) == 0 {
			data = data[1:]
		}
	}
	return data
}
