package sock

import (
	"io"
	"net"
	"testing"

	"qrelay/runtime/address"
)

// The benchmarks are pairs: the same conversation by this package and by
// package net. Each operation is one connection: accept, 2 KiB request, short
// reply, close.

var request, reply = make([]byte, 2048), []byte("3:Kok,")

// endpoint is what both packages have in common.
type endpoint interface {
	io.ReadWriteCloser
	CloseWrite() error
}

func serveOne(c endpoint) error {
	defer c.Close()
	b := make([]byte, len(request))
	if _, err := io.ReadFull(c, b); err != nil {
		return err
	}
	_, err := c.Write(reply)
	return err
}

func submitOne(c endpoint) error {
	defer c.Close()
	if _, err := c.Write(request); err != nil {
		return err
	}
	b := make([]byte, len(reply))
	_, err := io.ReadFull(c, b)
	return err
}

func benchmark(b *testing.B, accept, dial func() (endpoint, error), end func() error) {
	b.ReportAllocs()
	served := make(chan struct{})
	go func() {
		defer close(served)
		for {
			c, err := accept()
			if err != nil {
				return
			}
			go serveOne(c)
		}
	}()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c, err := dial()
			if err == nil {
				err = submitOne(c)
			}
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
	end()
	<-served
}

func benchmarkSock(b *testing.B, addr string) {
	l := listenOn(b, addr)
	benchmark(b, func() (endpoint, error) { return l.Accept() },
		func() (endpoint, error) { return Dial(b.Context(), l.Addr()) }, l.Close)
}

func benchmarkNet(b *testing.B, addr string) {
	a := parse(b, addr)
	l, err := net.Listen(a.Network("stream"), addr)
	if err != nil {
		b.Fatal(err)
	}
	benchmark(b, func() (endpoint, error) {
		c, err := l.Accept()
		if err != nil {
			return nil, err
		}
		return c.(endpoint), nil
	}, func() (endpoint, error) {
		var d net.Dialer
		c, err := d.DialContext(b.Context(), l.Addr().Network(), l.Addr().String())
		if err != nil {
			return nil, err
		}
		return c.(endpoint), nil
	}, l.Close)
}

func BenchmarkSockLocal(b *testing.B) { benchmarkSock(b, abstractName()) }
func BenchmarkNetLocal(b *testing.B)  { benchmarkNet(b, abstractName()) }
func BenchmarkSockTCP(b *testing.B)   { benchmarkSock(b, "127.0.0.1:0") }
func BenchmarkNetTCP(b *testing.B)    { benchmarkNet(b, "127.0.0.1:0") }

func benchmarkDial(b *testing.B, dial func(address.Address) (io.Closer, error)) {
	b.ReportAllocs()
	l := listenOn(b, abstractName())
	for b.Loop() {
		c, err := dial(l.Addr())
		if err != nil {
			b.Fatal(err)
		}
		accepted, err := l.Accept()
		if err != nil {
			b.Fatal(err)
		}
		accepted.Close()
		c.Close()
	}
}

func BenchmarkSockDial(b *testing.B) {
	benchmarkDial(b, func(a address.Address) (io.Closer, error) { return Dial(b.Context(), a) })
}

func BenchmarkNetDial(b *testing.B) {
	benchmarkDial(b, func(a address.Address) (io.Closer, error) { return net.Dial("unix", a.String()) })
}

func BenchmarkWatch(b *testing.B) {
	b.ReportAllocs()
	var w Watcher
	defer w.Close()
	_, server := connect(b, abstractName())
	for b.Loop() {
		w.Add(server, func(Incident) {}).Stop()
	}
}
