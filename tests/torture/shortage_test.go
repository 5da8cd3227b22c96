package torture

import (
	"fmt"
	"net"
	"sync"

	"qrelay/runtime/qmqp"
)

// A shortage is what the daemon lacks while the mails of a matrix come.
type shortage struct {
	size int // of messages; 0: small ones
	args []string
	// prepare changes how the daemon runs. What it returns is called once the
	// daemon is ready, and in turn returns what ends the shortage.
	prepare func(b *bed, p *plan) (strike func(*daemon) (lift func()))
}

// none tells whether there is enough of everything.
func (s *shortage) none() bool { return s.prepare == nil && s.args == nil }

// fewDescriptors has some for a mail or two at a time.
func fewDescriptors(*bed, *plan) func(*daemon) func() {
	return func(d *daemon) func() {
		d.limit(fmt.Sprintf("nofile=%d:", d.fds+12))
		return func() { d.limit("nofile=" + most + ":") }
	}
}

// fewProcesses has some for a program or two at a time.
func fewProcesses(b *bed, p *plan) func(*daemon) func() {
	b.asStranger(p)
	return func(d *daemon) func() { return d.limitTasks(6) }
}

// logDiskFull has the daemon's log on a disk that is full.
func logDiskFull(b *bed, p *plan) func(*daemon) func() {
	disk := b.newDisk()
	if disk.dir == "" {
		b.Fatal("only root can mount a disk for the log")
	}
	p.output = disk.dir + "/log"
	return func(*daemon) func() {
		disk.fill(b)
		return func() { disk.empty(b) }
	}
}

// noNames has handlers wait for a name server that does not answer.
func noNames(b *bed, p *plan) func(*daemon) func() {
	host, waiting := b.silence(p)
	return func(d *daemon) func() {
		text := fmt.Sprintf("X-Resolve: %s\n\n", host)
		head, tail := qmqp.AppendRequest(nil, nil, nil, int64(len(text)), "alice@example.com", []string{"bob@example.org"})
		request := append(append(head, text...), tail...)
		var sending sync.WaitGroup
		conns := make([]net.Conn, 20)
		for i := range conns {
			conn, err := net.Dial("unix", d.socket)
			if err != nil {
				b.Fatal(err)
			}
			conns[i] = conn
			sending.Go(func() { conn.Write(request) })
		}
		b.eventually("names are asked for", waiting)
		return func() {
			sending.Wait()
			for _, c := range conns {
				c.Close()
			}
		}
	}
}

// smallMails have room three at a time, if all messages may have 350 KiB.
func smallMails(_ *bed, p *plan) func(*daemon) func() {
	p.before = "max_size = 2^17\n" + p.before
	return func(*daemon) func() { return func() {} }
}
