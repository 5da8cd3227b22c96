package await

import (
	"io"
	"runtime"
	"testing"
	"time"
)

// failing is a test that fails.
type failing struct {
	testing.TB
	failed bool
}

func (f *failing) Helper() {}

func (f *failing) Fatalf(string, ...any) {
	f.failed = true
	runtime.Goexit() // as testing.T does
}

func TestUntil(t *testing.T) {
	looks := 0
	Until(t, "the third look", func() bool { looks++; return looks == 3 })
	if looks != 3 {
		t.Errorf("looked %d times", looks)
	}
}

func TestWithin(t *testing.T) {
	f := &failing{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		Within(f, time.Millisecond, "nothing", func() bool { return false })
	}()
	<-done
	if !f.failed {
		t.Error("waited for nothing without failing")
	}
}

func TestLog(t *testing.T) {
	var l Log
	for _, text := range []string{"level=INFO msg=a\n", "level=INFO ", "msg=b\n", "level=WARN msg=a"} {
		if _, err := io.WriteString(&l, text); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		parts []string
		want  int
	}{
		{nil, 3}, {[]string{"level=INFO"}, 2}, {[]string{"level=INFO", "msg=a"}, 1}, {[]string{"level=WARN", "msg=b"}, 0},
	} {
		if got := l.Count(c.parts...); got != c.want {
			t.Errorf("%q: %d lines, want %d", c.parts, got, c.want)
		}
	}
	if got := l.String(); got != "level=INFO msg=a\nlevel=INFO msg=b\nlevel=WARN msg=a" {
		t.Errorf("got %q", got)
	}
}
