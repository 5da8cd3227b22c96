package process

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// concurrency of the benchmarks: mails handed to programs at the same time.
const concurrency = 16

// BenchmarkRun runs /bin/true with a small mail, 16 at a time.
func BenchmarkRun(b *testing.B) {
	g := newGroup(b, 0)
	message := make([]byte, 2048)
	b.ReportAllocs()
	turn := make(chan struct{}, concurrency)
	ended := make(chan error, concurrency)
	go func() {
		for range b.N {
			turn <- struct{}{}
			go func() {
				_, err := g.Run(b.Context(), Command{Path: "/bin/true", OutputLimit: 255}, message)
				<-turn
				ended <- err
			}()
		}
	}()
	for range b.N {
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkC is the same as a C program: the least that running programs costs
// on this machine.
func BenchmarkC(b *testing.B) {
	cc, err := exec.LookPath("cc")
	if err != nil {
		b.Fatal("no C compiler found: install the Debian packages gcc and libc6-dev")
	}
	program := filepath.Join(b.TempDir(), "spawn")
	if out, err := exec.Command(cc, "-O2", "-pthread", "-o", program, "testdata/spawn.c").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	b.ResetTimer()
	out, err := exec.Command(program, strconv.Itoa(concurrency), strconv.Itoa(b.N)).Output()
	if err != nil {
		b.Fatal(err)
	}
	ns, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(ns, "ns/op")
}

// BenchmarkBigStdin feeds 10 MiB to a program that reads all of it.
func BenchmarkBigStdin(b *testing.B) {
	g := newGroup(b, 0)
	message := make([]byte, 10<<20)
	b.SetBytes(int64(len(message)))
	for b.Loop() {
		run(b, g, sh("exec cat >/dev/null"), message)
	}
}
