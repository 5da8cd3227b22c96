package limiter

import (
	"fmt"
	"math"
	"math/rand/v2"
	goruntime "runtime"
	"slices"
	"testing"
	"time"
)

// perSecond makes a limiter of so many tokens per second.
func perSecond(rate, burst float64, capacity int) *Limiter {
	return New(burst, 1e9/rate, capacity)
}

func TestTake(t *testing.T) {
	l := perSecond(3, 5, 10)
	const ms = time.Millisecond
	for i, c := range []struct {
		at   time.Duration
		n    float64
		wait time.Duration // 0: allowed
	}{
		{0, 5, 0},
		{0, 0, 0},
		{0, 1, 333_333_333},
		{0, 5, 1_666_666_666},
		{0, 5.5, forever},
		{333 * ms, 1, 333_333},
		{333_333_333, 1, 0},
		{1000 * ms, 3, 333_333_333},
		{1000 * ms, 2, 0},
		{time.Hour, 6, forever},
		{time.Hour, 5, 0},
		{time.Hour, 0.5, 166_666_666},
	} {
		wait, ok := l.Take("k", c.n, c.at)
		if wait != c.wait || ok != (c.wait == 0) {
			t.Errorf("call %d: got %d, %v; want to wait %d", i, wait, ok, c.wait)
		}
	}
}

// Whatever the rate, a burst is allowed in steps of one, and not more.
func TestBurstInSteps(t *testing.T) {
	for _, rate := range []float64{1e9, 3e6, 1e6, 3, 1, 1.0 / 3, 1e-6, 0.1} {
		l := perSecond(rate, 7, 1)
		for i := range 7 {
			if _, ok := l.Take("k", 1, 0); !ok {
				t.Errorf("rate %v: call %d was refused", rate, i+1)
			}
		}
		wait, ok := l.Take("k", 1, 0)
		if ok || wait > time.Duration(1e9/rate) {
			t.Errorf("rate %v: one too many: %v after %v", rate, ok, wait)
		}
	}
}

// A model in floating point, which keeps all keys.
type model struct {
	rate, burst float64
	tokens      map[string]float64
	seen        map[string]time.Duration
}

func (m *model) level(key string, now time.Duration) float64 {
	tokens, ok := m.tokens[key]
	if !ok {
		return m.burst
	}
	return min(m.burst, tokens+(now-m.seen[key]).Seconds()*m.rate)
}

func (m *model) take(key string, n float64, now time.Duration) {
	m.tokens[key], m.seen[key] = m.level(key, now)-n, now
}

func TestLikeModel(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		rate, burst := math.Exp(r.Float64()*12-6), 1+r.Float64()*20
		l := perSecond(rate, burst, 100)
		m := model{rate, burst, map[string]float64{}, map[string]time.Duration{}}
		now := time.Duration(0)
		for range 2000 {
			now += time.Duration(r.ExpFloat64() / rate * 2e8)
			key, n := string(rune('a'+r.IntN(5))), float64(r.IntN(4))
			want := m.level(key, now)
			if got := l.Tokens(key, now); math.Abs(got-want) > 1e-3 {
				t.Fatalf("seed %d: %v tokens, want %v", seed, got, want)
			}
			wait, ok := l.Take(key, n, now)
			if math.Abs(want-n) > 1e-3 && ok != (want >= n) {
				t.Fatalf("seed %d: allowed %v of %v: %v", seed, n, want, ok)
			}
			if ok {
				m.take(key, n, now)
			} else if wait != forever && math.Abs(m.level(key, now+wait)-n) > 1e-3 {
				t.Fatalf("seed %d: %v tokens after %v, want %v", seed, m.level(key, now+wait), wait, n)
			}
		}
	}
}

// keys returns what is remembered, the last used first.
func keys(l *Limiter) []string {
	var all []string
	for b := l.ring.next; b != &l.ring; b = b.next {
		all = append(all, b.key)
	}
	return all
}

func expectKeys(t *testing.T, l *Limiter, want ...string) {
	t.Helper()
	if got := keys(l); !slices.Equal(got, want) || l.Keys() != len(want) {
		t.Errorf("remembers %q (%d), want %q", got, l.Keys(), want)
	}
}

func TestLeastRecentlyUsedGoes(t *testing.T) {
	l := perSecond(1, 2, 3)
	for _, key := range []string{"a", "b", "c"} {
		l.Take(key, 2, 0)
	}
	l.Take("a", 1, 0) // is refused, but counts as use
	l.Tokens("b", 0)  // does not
	expectKeys(t, l, "a", "c", "b")
	l.Take("d", 1, 0)
	expectKeys(t, l, "d", "a", "c")
	if got := l.Tokens("b", 0); got != 2 {
		t.Errorf("a forgotten bucket has %v tokens", got)
	}
	l.Reset("a")
	l.Reset("nobody")
	expectKeys(t, l, "d", "c")
}

func TestFullBucketsAreForgotten(t *testing.T) {
	l := perSecond(1, 100, 1000)
	for i := range 500 {
		l.Take(fmt.Sprint(i), 1, 0)
	}
	l.Take("slow", 100, 0)
	for range 250 {
		l.Take("now", 1, time.Minute)
	}
	expectKeys(t, l, "now", "slow")
	l.Take("other", 0, 2*time.Minute)
	l.Take("other", 200, 2*time.Minute)
	expectKeys(t, l, "other", "now")
}

func TestKeyOf(t *testing.T) {
	short, long := string(make([]byte, maxKey)), string(make([]byte, maxKey+1))
	if keyOf(short) != short {
		t.Error("a short key was changed")
	}
	if got := keyOf(long); len(got) != 71 || got[:9] != "sha256:98" {
		t.Errorf("a long key became %q", got)
	}
	if keyOf(long) == keyOf(long+"x") || keyOf(long) == keyOf(keyOf(long)) {
		t.Error("different keys became the same")
	}
}

// What the manual says about memory.
func TestMemory(t *testing.T) {
	const n = 100_000
	key := func(i int) string { return fmt.Sprintf("%064d", i) }
	before := heap()
	l := perSecond(1, 1, n)
	for i := range 2 * n {
		l.Take(key(i), 1, 0)
	}
	each := (heap() - before) / n
	if l.Keys() != n || each > 150+64 {
		t.Errorf("%d keys cost %d bytes each", l.Keys(), each)
	}
	goruntime.KeepAlive(l)
}

func heap() int64 {
	var m goruntime.MemStats
	goruntime.GC()
	goruntime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkTake(b *testing.B) {
	l := perSecond(1e6, 1000, 1000)
	users := make([]string, 1500)
	for i := range users {
		users[i] = fmt.Sprint(i)
	}
	start := time.Now()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		l.Take(users[i%len(users)], 1, time.Since(start))
	}
}
