package sink

import "testing"

func TestParseShare(t *testing.T) {
	tests := []struct {
		in   string
		want Share
		text string
	}{
		{"0", 0, "0%"}, {"0%", 0, "0%"}, {"1", whole, "100%"}, {"100%", whole, "100%"},
		{"10%", 100_000, "10%"}, {"0.1", 100_000, "10%"}, {"12.5%", 125_000, "12.5%"}, {"0.29", 290_000, "29%"},
	}
	for _, test := range tests {
		var s Share
		if err := s.Set(test.in); err != nil || s != test.want || s.String() != test.text {
			t.Errorf("%q: got %d (%s), %v; want %d (%s)", test.in, s, s.String(), err, test.want, test.text)
		}
	}
	for _, bad := range []string{"", "%", "x", "-1%", "101%", "1.01", "10 %", "NaN", "inf%"} {
		if got, err := ParseShare(bad); err == nil {
			t.Errorf("%q: got %s", bad, got.String())
		}
	}
}

func FuzzParseShare(f *testing.F) {
	f.Add("5%")
	f.Add("0x1p-2")
	f.Fuzz(func(t *testing.T, in string) {
		s, err := ParseShare(in)
		if err != nil {
			return
		}
		if again, err := ParseShare(s.String()); s < 0 || s > whole || err != nil || again != s {
			t.Errorf("%q gave %d, and that %d (%v)", in, s, again, err)
		}
	})
}

func TestDealerSpreadsEvenly(t *testing.T) {
	d := newDealer(whole/10, whole/5, 0)
	var counts [outcomes]int
	for n := 1; n <= 1000; n++ {
		counts[d.next()]++
		if want := n / 10; counts[deferred] < want-1 || counts[deferred] > want+1 {
			t.Fatalf("of %d mails %d were deferred", n, counts[deferred])
		}
	}
	if counts != [outcomes]int{store: 700, deferred: 100, rejected: 200} {
		t.Errorf("dealt %v", counts)
	}
}
