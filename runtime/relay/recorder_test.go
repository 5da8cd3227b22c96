package relay

import (
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"qrelay/runtime/pond"
)

// A recorder is a log server. What was sent over loopback is there when the
// sender's system call returns, so a look is enough, without waiting.
type recorder struct {
	t    testing.TB
	fd   int
	addr string
}

func newRecorder(t testing.TB) *recorder {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return &recorder{t, fd, fmt.Sprintf("127.0.0.1:%d", name.(*unix.SockaddrInet4).Port)}
}

func (r *recorder) close() { unix.Close(r.fd) }

// next returns the oldest record that has not been looked at.
func (r *recorder) next() (record pond.Record, ok bool) {
	r.t.Helper()
	buf := make([]byte, pond.MaxDatagram)
	n, err := unix.Read(r.fd, buf)
	if err == unix.EAGAIN {
		return record, false
	}
	if err != nil {
		r.t.Fatal(err)
	}
	if record, err = pond.Decode(buf[:n]); err != nil {
		r.t.Errorf("%v: %q", err, buf[:n])
	}
	return record, true
}

// all returns all records that have not been looked at.
func (r *recorder) all() (records []pond.Record) {
	for {
		record, ok := r.next()
		if !ok {
			return records
		}
		records = append(records, record)
	}
}
