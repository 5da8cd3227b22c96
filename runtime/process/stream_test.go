package process

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// big makes n bytes that do not repeat in an obvious way.
func big(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

func TestStdinArrivesInOrder(t *testing.T) {
	g := newGroup(t, 0)
	message := big(10 << 20)
	for _, size := range []int{0, 1, 2048, 65536, 65537, len(message)} {
		stdin := [][]byte{nil, []byte("head"), {}, message[:size], []byte("tail"), nil}
		want := fmt.Sprintf("%x", sha256.Sum256(slices.Concat(stdin...)))
		res := run(t, g, sh("sha256sum"), stdin...)
		if !res.Status.Success() || !strings.HasPrefix(string(res.Output), want) {
			t.Errorf("%d bytes: %v %q", size, res.Status, res.Output)
		}
		if string(stdin[1]) != "head" || len(stdin[3]) != size {
			t.Errorf("%d bytes: the caller's slices were changed", size)
		}
	}
}

func TestNoStdin(t *testing.T) {
	g := newGroup(t, 0)
	if res := run(t, g, sh("wc -c")); strings.TrimSpace(string(res.Output)) != "0" {
		t.Errorf("got %q", res.Output)
	}
}

func TestProgramDoesNotRead(t *testing.T) {
	g := newGroup(t, 0)
	message := big(10 << 20)
	for _, c := range []struct {
		script, output string
		code           int
	}{
		{"exit 0", "", 0},
		{"echo fine", "fine\n", 0},
		{"echo no; exit 77", "no\n", 77},
		{"head -c 1000 >/dev/null; echo fine", "fine\n", 0},
		{"exec <&-; echo fine", "fine\n", 0},
	} {
		res := run(t, g, sh(c.script), message)
		if res.Status.Code() != c.code || string(res.Output) != c.output {
			t.Errorf("%s: %v %q", c.script, res.Status, res.Output)
		}
	}
}

func TestOutputLimit(t *testing.T) {
	g := newGroup(t, 0)
	for _, c := range []struct{ limit, written int }{{0, 0}, {0, 10}, {255, 0}, {255, 254}, {255, 255}, {255, 256}, {255, 300000}, {300000, 300000}} {
		cmd := sh("head -c $1 /dev/zero", fmt.Sprint(c.written))
		cmd.OutputLimit = c.limit
		if res := run(t, g, cmd); len(res.Output) != min(c.limit, c.written) || !res.Status.Success() {
			t.Errorf("limit %d, written %d: got %d bytes, %v", c.limit, c.written, len(res.Output), res.Status)
		}
	}
}

func TestStderr(t *testing.T) {
	g := newGroup(t, 0)
	cmd := sh("echo a; echo b >&2; echo c")
	if res := run(t, g, cmd); string(res.Output) != "a\nb\nc\n" || res.Stderr != nil {
		t.Errorf("together: %q, %q", res.Output, res.Stderr)
	}
	cmd.SplitStderr = true
	if res := run(t, g, cmd); string(res.Output) != "a\nc\n" || string(res.Stderr) != "b\n" {
		t.Errorf("apart: %q, %q", res.Output, res.Stderr)
	}
	cmd = sh("head -c 500000 /dev/zero >&2; head -c 500000 /dev/zero")
	cmd.SplitStderr = true
	if res := run(t, g, cmd); len(res.Output) != 4096 || len(res.Stderr) != 4096 {
		t.Errorf("apart and much: %d, %d bytes", len(res.Output), len(res.Stderr))
	}
}

func TestTalksBeforeReading(t *testing.T) {
	g := newGroup(t, 0)
	res := run(t, g, sh("head -c 300000 /dev/zero; wc -c >&2; head -c 300000 /dev/zero"), big(1<<20))
	if len(res.Output) != 4096 || !res.Status.Success() {
		t.Errorf("%d bytes, %v", len(res.Output), res.Status)
	}
}

func TestGigabyteOfOutput(t *testing.T) {
	g := newGroup(t, 0)
	before := usage(t)
	res := run(t, g, sh("exec dd if=/dev/zero bs=1M count=1024 2>/dev/null"))
	if len(res.Output) != 4096 || !res.Status.Success() {
		t.Errorf("%d bytes, %v", len(res.Output), res.Status)
	}
	if spent := usage(t) - before; spent > 5*time.Second {
		t.Errorf("%v of CPU time", spent)
	}
}

// usage is the CPU time of this process without its children.
func usage(t *testing.T) time.Duration {
	t.Helper()
	var r unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &r); err != nil {
		t.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func TestClosedOutputWaitsForExit(t *testing.T) {
	g := newGroup(t, 0)
	begin := time.Now()
	res := run(t, g, sh("echo fine; exec >&- 2>&-; sleep 0.3; exit 75"))
	if string(res.Output) != "fine\n" || res.Status.Code() != 75 {
		t.Errorf("%q, %v", res.Output, res.Status)
	}
	if d := time.Since(begin); d < 300*time.Millisecond {
		t.Errorf("answered after %v, before the exit", d)
	}
}

// A grandchild that holds all pipes, silent or not, is neither awaited nor
// ended; nothing that the program itself wrote is lost.
func TestGrandchildKeepsPipes(t *testing.T) {
	g := newGroup(t, 0)
	for name, grandchild := range map[string]string{
		"silent": "exec sleep 100",
		"chatty": "while :; do head -c 100000 /dev/zero; done",
	} {
		pidfile := t.TempDir() + "/pid"
		script := `exec 3<&0; { ` + grandchild + `; } <&3 & echo $! >"$1"; echo fine >&2; exit 75`
		cmd := sh(script, pidfile)
		cmd.SplitStderr = true
		res := run(t, g, cmd, big(1<<20))
		if string(res.Stderr) != "fine\n" || res.Status.Code() != 75 {
			t.Errorf("%s: %q, %v", name, res.Stderr, res.Status)
		}
		pid := readPID(t, pidfile)
		if name == "silent" && gone(pid) {
			t.Errorf("the grandchild was ended")
		}
		unix.Kill(pid, unix.SIGKILL)
		eventually(t, "grandchild gone", func() bool { return gone(pid) })
	}
}

// Whatever the pipe takes at a time, all bytes go out in order.
func TestWriteSlices(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 0))
		p := pipe{-1, -1}
		if err := p.open(); err != nil {
			t.Fatal(err)
		}
		unix.SetNonblock(p.w, true)
		var data [][]byte
		for range r.IntN(300) {
			data = append(data, big(r.IntN(2000)))
		}
		want := slices.Concat(data...)
		var got []byte
		for rest, err := data, error(unix.EAGAIN); err == unix.EAGAIN; {
			rest, err = writeSlices(p.w, rest)
			buf := make([]byte, 1+r.IntN(100000))
			if n := len(want) - len(got); n > 0 {
				n, err := unix.Read(p.r, buf)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, buf[:n]...)
			}
			if err != nil && err != unix.EAGAIN {
				t.Fatal(err)
			}
		}
		unix.Close(p.w)
		for buf := make([]byte, 65536); ; {
			n, _ := unix.Read(p.r, buf)
			if n <= 0 {
				break
			}
			got = append(got, buf[:n]...)
		}
		unix.Close(p.r)
		if !bytes.Equal(got, want) {
			t.Errorf("seed %d: %d bytes written, %d arrived", seed, len(want), len(got))
		}
	}
}
