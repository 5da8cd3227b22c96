package process

import (
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// discardSize is how much unwanted output is read at once: what a pipe holds.
const discardSize = 64 << 10

// collector reads one output pipe of a program. It keeps the first bytes and
// throws the rest away. Its goroutine ends with the output or by close.
type collector struct {
	file *os.File
	kept []byte // its capacity is the limit
	wg   sync.WaitGroup
}

// start takes over the pipe and begins to read.
func (c *collector) start(fd, limit int) {
	c.file = os.NewFile(uintptr(fd), "output")
	c.kept = make([]byte, 0, limit)
	c.wg.Go(c.read)
}

func (c *collector) read() {
	for len(c.kept) < cap(c.kept) {
		n, err := c.file.Read(c.kept[len(c.kept):cap(c.kept)])
		c.kept = c.kept[:len(c.kept)+n]
		if err != nil {
			return
		}
	}
	for rest := make([]byte, discardSize); ; {
		if _, err := c.file.Read(rest); err != nil {
			return
		}
	}
}

// close stops the reading, takes what is in the pipe, and closes it. It does
// not wait for others that hold the writing end. Of a collector that was never
// started it does nothing.
func (c *collector) close() {
	if c.file == nil {
		return
	}
	c.file.SetReadDeadline(time.Unix(1, 0))
	c.wg.Wait()
	if raw, err := c.file.SyscallConn(); err == nil {
		c.drain(raw)
	}
	c.file.Close()
}

// drain fills up kept from what is in the pipe, without waiting.
func (c *collector) drain(raw syscall.RawConn) {
	raw.Control(func(fd uintptr) {
		for len(c.kept) < cap(c.kept) {
			n, err := unix.Read(int(fd), c.kept[len(c.kept):cap(c.kept)])
			if err == unix.EINTR {
				continue
			}
			if n <= 0 {
				return
			}
			c.kept = c.kept[:len(c.kept)+n]
		}
	})
}
