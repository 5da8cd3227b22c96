package socket

import (
	"testing"
)

func TestSpan(t *testing.T) {
	const s = "abcdefgh"
	for _, c := range []struct {
		start, end int
		want       string
	}{
		{1, -1, s}, {2, -1, "bcdefgh"}, {8, -1, "h"}, {-1, -1, "h"}, {-3, -1, "fgh"}, {-8, -1, s},
		{1, 8, s}, {2, 4, "bcd"}, {3, 3, "c"}, {8, 8, "h"}, {1, -8, "a"}, {2, -2, "bcdefg"}, {-4, -3, "ef"}, {-4, 6, "ef"},
	} {
		from, to, err := span(len(s), c.start, c.end)
		if err != nil || s[from:to] != c.want {
			t.Errorf("span(%d, %d) = %d, %d, %v, want %s", c.start, c.end, from, to, err, c.want)
		}
	}
}

func TestSpanRefuses(t *testing.T) {
	for _, c := range []struct {
		size, start, end int
		err              string
	}{
		{8, 0, -1, "start 0 is outside of the 8 bytes"},
		{8, 9, -1, "start 9 is outside of the 8 bytes"},
		{8, -9, -1, "start -9 is outside of the 8 bytes"},
		{8, 1, 0, "end 0 is outside of the 8 bytes"},
		{8, 1, 9, "end 9 is outside of the 8 bytes"},
		{8, 1, -9, "end -9 is outside of the 8 bytes"},
		{8, 5, 4, "start 5 is after end 4"},
		{8, -1, -2, "start -1 is after end -2"},
		{0, 1, -1, "start 1 is outside of the 0 bytes"},
	} {
		if from, to, err := span(c.size, c.start, c.end); err == nil || err.Error() != c.err {
			t.Errorf("span(%d, %d, %d) = %d, %d, %v, want %s", c.size, c.start, c.end, from, to, err, c.err)
		}
	}
}
