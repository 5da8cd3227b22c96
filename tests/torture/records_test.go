package torture

import (
	"fmt"
	"net"
	"sync"

	"qrelay/runtime/pond"
)

// A recorder is a log server that counts the records of each mail.
type recorder struct {
	addr string
	mu   sync.Mutex
	seen map[int]int
}

func (b *bed) recorder() *recorder {
	b.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err == nil {
		err = conn.SetReadBuffer(4 << 20)
	}
	if err != nil {
		b.Fatal(err)
	}
	r := &recorder{addr: conn.LocalAddr().String(), seen: map[int]int{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for buf := make([]byte, pond.MaxDatagram); ; {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			var id int
			record, err := pond.Decode(buf[:n])
			if err == nil {
				_, err = fmt.Sscanf(record.Message, "from=<m%d@", &id)
			}
			if err != nil {
				continue // of a mail in quiet times
			}
			r.mu.Lock()
			r.seen[id]++
			r.mu.Unlock()
		}
	}()
	b.Cleanup(func() {
		conn.Close()
		<-done
	})
	return r
}

// count returns how many records there are of a mail.
func (r *recorder) count(id int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen[id]
}
