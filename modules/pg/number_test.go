package pg

import (
	"math"
	"strconv"
	"testing"
)

func TestFormatNumber(t *testing.T) {
	for _, c := range []struct {
		f    float64
		want string
	}{
		{0, "0"},
		{math.Copysign(0, -1), "0"},
		{42, "42"},
		{-1, "-1"},
		{10000, "10000"},
		{1 << 53, "9007199254740992"},
		{1e15, "1000000000000000"},
		{-1 << 63, "-9223372036854775808"},
		{1 << 63, "9223372036854775808"},
		{1e22, "10000000000000000000000"},
		{1.5, "1.5"},
		{0.1, "0.1"},
		{1e-7, "1e-07"},
		{math.Inf(1), "Infinity"},
		{math.Inf(-1), "-Infinity"},
		{math.NaN(), "NaN"},
	} {
		if got := formatNumber(c.f); got != c.want {
			t.Errorf("formatNumber(%v) = %s, want %s", c.f, got, c.want)
		}
	}
}

func FuzzFormatNumber(f *testing.F) {
	for _, v := range []float64{0, 1, 1e300, 5e-324, -1.25} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v float64) {
		got, err := strconv.ParseFloat(formatNumber(v), 64)
		if err != nil || got != v && !math.IsNaN(v) {
			t.Errorf("%v became %s, which is %v, %v", v, formatNumber(v), got, err)
		}
	})
}
