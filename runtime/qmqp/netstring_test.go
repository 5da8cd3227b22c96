package qmqp

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
)

func TestParseHeader(t *testing.T) {
	tests := []struct {
		in   string
		size int64
		rest string
	}{
		{"0:", 0, ""},
		{"0:,", 0, ","},
		{"5:hello,", 5, "hello,"},
		{"1024:", 1024, ""},
		{"046:x", 46, "x"},
		{strings.Repeat("0", 29) + "46:x", 46, "x"},
	}
	for _, test := range tests {
		size, rest, err := ParseHeader([]byte(test.in), 1024)
		if err != nil || size != test.size || string(rest) != test.rest {
			t.Errorf("ParseHeader(%q) = %d, %q, %v; want %d, %q", test.in, size, rest, err, test.size, test.rest)
		}
	}
}

func TestParseHeaderErrors(t *testing.T) {
	tests := []struct {
		in   string
		want error
	}{
		{"", ErrIncomplete},
		{"1", ErrIncomplete},
		{"1024", ErrIncomplete},
		{strings.Repeat("0", MaxHeader-1), ErrIncomplete},
		{strings.Repeat("0", MaxHeader), ErrNetstring},
		{strings.Repeat("0", MaxHeader) + "1:", ErrNetstring},
		{":", ErrNetstring},
		{"-1:", ErrNetstring},
		{"+1:", ErrNetstring},
		{" 1:", ErrNetstring},
		{"1 :", ErrNetstring},
		{"1,", ErrNetstring},
		{"hello", ErrNetstring},
		{"\x00", ErrNetstring},
		{"1025:", ErrTooLarge},
		{"1099511627776:", ErrTooLarge},
		{"18446744073709551616:", ErrTooLarge},
		{strings.Repeat("9", MaxHeader-1) + ":", ErrTooLarge},
		{strings.Repeat("9", MaxHeader+1), ErrTooLarge},
	}
	for _, test := range tests {
		size, rest, err := ParseHeader([]byte(test.in), 1024)
		if !errors.Is(err, test.want) || size != 0 {
			t.Errorf("ParseHeader(%q) = %d, %v; want error %v", test.in, size, err, test.want)
		}
		if string(rest) != test.in {
			t.Errorf("ParseHeader(%q) consumed something and left %q", test.in, rest)
		}
	}
}

func TestParseHeaderInPieces(t *testing.T) {
	const whole = "16777216:x"
	for n := range strings.Index(whole, ":") + 1 {
		if _, _, err := ParseHeader([]byte(whole[:n]), 16777216); err != ErrIncomplete {
			t.Fatalf("ParseHeader(%q): error %v, want ErrIncomplete", whole[:n], err)
		}
	}
	size, rest, err := ParseHeader([]byte(whole), 16777216)
	if size != 16777216 || string(rest) != "x" || err != nil {
		t.Errorf("ParseHeader(%q) = %d, %q, %v", whole, size, rest, err)
	}
}

func TestPayload(t *testing.T) {
	for _, want := range []string{"", "hello", "a,b"} {
		if got, err := Payload([]byte(want + ",")); err != nil || string(got) != want {
			t.Errorf("Payload(%q) = %q, %v", want+",", got, err)
		}
	}
	for _, bad := range []string{"", "hello", "hello,x", "\n"} {
		if got, err := Payload([]byte(bad)); !errors.Is(err, ErrNetstring) {
			t.Errorf("Payload(%q) = %q, %v; want ErrNetstring", bad, got, err)
		}
	}
}

func TestNetstringSize(t *testing.T) {
	for _, size := range []int{0, 1, 9, 10, 11, 99, 100, 101, 999, 1000, 65535} {
		if got, want := netstringSize(int64(size)), len(AppendNetstring(nil, make([]byte, size))); got != int64(want) {
			t.Errorf("netstringSize(%d) = %d, want %d", size, got, want)
		}
	}
}

func FuzzParseHeader(f *testing.F) {
	f.Add([]byte("5:hello,"))
	f.Add([]byte("99999999999999999999:"))
	f.Add([]byte("0000000000000000000000000000000000"))
	f.Fuzz(func(t *testing.T, in []byte) {
		size, rest, err := ParseHeader(in, math.MaxInt64-1)
		if err != nil {
			if !bytes.Equal(rest, in) {
				t.Fatalf("error %v, and yet the rest is %q", err, rest)
			}
			return
		}
		header := string(in[:len(in)-len(rest)])
		want, convErr := strconv.ParseInt(strings.TrimSuffix(header, ":"), 10, 64)
		if convErr != nil || size != want {
			t.Fatalf("header %q gave %d, want %d (%v)", header, size, want, convErr)
		}
	})
}
