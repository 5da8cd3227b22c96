package buffer

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

func TestClassesWasteAtMostAQuarter(t *testing.T) {
	for size := 1; size < 64<<20; size = size*9/8 + 1 {
		class := classOf(size)
		if class < size || class > minSize && class-size > size/4 {
			t.Errorf("classOf(%d) = %d", size, class)
		}
		if classOf(class) != class {
			t.Errorf("class %d is not its own class", class)
		}
	}
}

func TestBuffersAreReused(t *testing.T) {
	for _, size := range []int{100, 5000, 300 << 10, 8<<20 + 100} {
		p := New(1 << 30)
		b, err := p.Get(t.Context(), size, time.Minute)
		if err != nil || len(b) != size {
			t.Fatalf("got %d bytes, %v; want %d", len(b), err, size)
		}
		b[size-1] = 'x'
		first := &b[0]
		p.Put(b)
		if b, _ = p.Get(t.Context(), size, time.Minute); &b[0] != first {
			t.Errorf("size %d: another buffer", size)
		}
		p.Put(b)
		p.Close()
	}
}

func TestCapIsKept(t *testing.T) {
	p := New(10_000)
	defer p.Close()
	a, _ := p.Get(t.Context(), 6000, time.Minute)
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	cancel(gone)
	if _, err := p.Get(ctx, 6000, time.Minute); !errors.Is(err, gone) {
		t.Errorf("got %v, want the context's cause", err)
	}
	if _, err := p.Get(t.Context(), 6000, time.Millisecond); !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			b, err := p.Get(t.Context(), 6000, time.Minute)
			if err != nil {
				t.Error(err)
				return
			}
			p.Put(b)
		})
	}
	p.Put(a)
	wg.Wait()
}

func TestTrimFreesWhatIsNotUsed(t *testing.T) {
	p := New(1 << 30)
	defer p.Close()
	b, _ := p.Get(t.Context(), 1<<20, time.Minute)
	p.Put(b)
	p.trim() // the round in which it was put back ends
	if len(p.idle) != 1 || p.timer == nil {
		t.Fatal("freed too early")
	}
	p.trim()
	if len(p.idle) != 0 || p.bytes != 0 || p.timer != nil {
		t.Errorf("%d classes with %d bytes are left", len(p.idle), p.bytes)
	}
}

func TestIdleBuffersAreBounded(t *testing.T) {
	p := New(1 << 30)
	defer p.Close()
	var all [][]byte
	for range 20 {
		b, err := p.Get(t.Context(), 8<<20, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	for _, b := range all {
		p.Put(b)
	}
	if p.bytes > maxIdle {
		t.Errorf("%d bytes are kept", p.bytes)
	}
}

func BenchmarkGetPut(b *testing.B) {
	p := New(1 << 30)
	defer p.Close()
	b.ReportAllocs()
	for b.Loop() {
		m, _ := p.Get(context.Background(), 64<<10+100, time.Minute)
		p.Put(m)
	}
}
