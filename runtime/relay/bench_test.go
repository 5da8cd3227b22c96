package relay

import (
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"qrelay/runtime/mail"
)

// quiet is a plan that logs as the daemon does by default.
func quiet(p *plan) { p.Logger = slog.New(slog.NewTextHandler(io.Discard, nil)) }

// benchmark sends one mail after the other over connections of their own.
func benchmark(b *testing.B, config string, size int, set ...func(*plan)) {
	bed := newBed(b, config, append(set, quiet)...)
	mail := []byte(request(strings.Repeat("x", size), "sender@example.com", "rcpt@example.org"))
	reply := make([]byte, 100)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		conn, err := net.Dial("unix", bed.path())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := conn.Write(mail); err != nil {
			b.Fatal(err)
		}
		if n, err := conn.Read(reply); err != nil || !strings.Contains(string(reply[:n]), ":K") {
			b.Fatalf("got %q, %v", reply[:n], err)
		}
		conn.Close()
	}
	bed.records.all()
}

// The client of the benchmarks, which uses package net, is most of the
// allocations: compare with BenchmarkClient.
func BenchmarkDiscard(b *testing.B) {
	for name, size := range map[string]int{"2KiB": 2 << 10, "64KiB": 64 << 10} {
		b.Run(name, func(b *testing.B) {
			benchmark(b, "qmqp_listen('{sock}', function(m) return m:discard() end)", size)
		})
	}
}

func BenchmarkDiscardWithLogServer(b *testing.B) {
	benchmark(b, "log_server = '{log}' qmqp_listen('{sock}', function(m) return m:discard() end)", 2<<10)
}

func BenchmarkConnect(b *testing.B) {
	for name, size := range map[string]int{"2KiB": 2 << 10, "64KiB": 64 << 10} {
		b.Run(name, func(b *testing.B) {
			reply, buf := []byte("3:Kok,"), make([]byte, 128<<10)
			h := newHop(b, func(c *caller) {
				for n := 0; n < size; {
					k, err := c.Read(buf)
					if n += k; err != nil {
						return
					}
				}
				c.Write(reply)
			})
			benchmark(b, "qmqp_listen('{sock}', function(m) return m:connect('{hop}') end)", size, hopAt(h))
		})
	}
}

// BenchmarkClient is what the other benchmarks cost without a relay.
func BenchmarkClient(b *testing.B) {
	reply, buf := []byte("10:Kdiscarded,"), make([]byte, 8<<10)
	h := newHop(b, func(c *caller) {
		c.Read(buf)
		c.Write(reply)
	})
	mail := []byte(request(strings.Repeat("x", 2<<10), "sender@example.com", "rcpt@example.org"))
	got := make([]byte, 100)
	b.ReportAllocs()
	for b.Loop() {
		conn, err := net.Dial("unix", h.addr)
		if err != nil {
			b.Fatal(err)
		}
		conn.Write(mail)
		if _, err := conn.Read(got); err != nil {
			b.Fatal(err)
		}
		conn.Close()
	}
}

// idleExchange returns an exchange with a mail and no connection.
func idleExchange(b *testing.B, config string) (*bed, *exchange) {
	b.Helper()
	bed := prepare(b, config, quiet)
	m, err := mail.New([]byte("m"), "sender@example.com", []string{"rcpt@example.org"})
	if err != nil {
		b.Fatal(err)
	}
	return bed, &exchange{server: bed.server, listener: bed.server.listeners[0], mail: m, began: time.Now()}
}

func BenchmarkHandlerCall(b *testing.B) {
	_, x := idleExchange(b, "qmqp_listen('{sock}', function(m) return m:discard() end)")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := x.decide(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	bed, x := idleExchange(b, "log_server = '{log}' qmqp_listen('{sock}', print)")
	b.ReportAllocs()
	for b.Loop() {
		x.sendRecord("accepted 1234")
	}
	bed.records.all()
}
