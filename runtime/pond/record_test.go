package pond

import (
	"bytes"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func submission() Record {
	return Record{
		Timestamp:   time.UnixMicro(1700000000123456).UTC(),
		Site:        "acct",
		Message:     "from=<a@x> to=<b@y> ok",
		HasLength:   true,
		Length:      21,
		HasTraffic:  true,
		Received:    51,
		Sent:        72,
		HasDuration: true,
		Duration:    1500 * time.Microsecond,
		Type:        Submission,
	}
}

func encode(t testing.TB, r Record) []byte {
	t.Helper()
	b, err := r.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// withChecksum makes a datagram of attributes given in hexadecimal.
func withChecksum(t *testing.T, attributes string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(attributes, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	sum := crc32.ChecksumIEEE(b)
	b = append([]byte{0x63, 0x04, 0x61, 0x03}, b...)
	return append(b, byte(sum>>24), byte(sum>>16), byte(sum>>8), byte(sum))
}

func TestAppendSubmission(t *testing.T) {
	want := withChecksum(t, "01 00060a2418202240"+
		"03 61636374 00"+
		"0d 66726f6d3d3c6140783e20746f3d3c6240793e206f6b 00"+
		"09 0000000000000015"+
		"0a 0000000000000033 0000000000000048"+
		"0b 00000000000005dc"+
		"0f 03")
	got := encode(t, submission())
	if !bytes.Equal(got, want) {
		t.Errorf("the datagram is\n%x, want\n%x", got, want)
	}
}

func TestAppendOrder(t *testing.T) {
	r := submission()
	r.RemoteHost, r.Host, r.ForwardedTo, r.JSON, r.Truncated = "r", "h", "f", "{}", true
	b := encode(t, r)
	var order []byte
	for rest := b[4 : len(b)-4]; len(rest) > 0; {
		attribute, _, after, err := cutAttribute(rest)
		if err != nil {
			t.Fatal(err)
		}
		order, rest = append(order, attribute), after
	}
	if want := []byte{1, 2, 12, 3, 14, 13, 9, 10, 11, 15, 16, 20}; !bytes.Equal(order, want) {
		t.Errorf("the order is %v, want %v", order, want)
	}
	if got, err := Decode(b); err != nil || got != r {
		t.Errorf("Decode gave %+v, %v; want %+v", got, err, r)
	}
}

func TestAppendAfterOthers(t *testing.T) {
	r := submission()
	b, err := r.Append([]byte("before"))
	if err != nil || !bytes.Equal(b, append([]byte("before"), encode(t, r)...)) {
		t.Errorf("Append to other bytes gave %q, %v", b, err)
	}
}

func TestAppendNothing(t *testing.T) {
	if got, want := encode(t, Record{}), withChecksum(t, ""); !bytes.Equal(got, want) {
		t.Errorf("an empty record is %x, want %x", got, want)
	}
	zeros := Record{HasLength: true, HasTraffic: true, HasDuration: true, Duration: -time.Second}
	got, err := Decode(encode(t, zeros))
	zeros.Duration = 0
	if err != nil || got != zeros {
		t.Errorf("zeros came back as %+v, %v", got, err)
	}
}

func TestStringsEndAtNUL(t *testing.T) {
	r := Record{Site: "before\x00after", Message: "m\x00\x0f\x05", Host: "\x00h", RemoteHost: "r\x00", ForwardedTo: "f\x00", JSON: "{}\x00"}
	got, err := Decode(encode(t, r))
	want := Record{Site: "before", Message: "m", RemoteHost: "r", ForwardedTo: "f", JSON: "{}"}
	if err != nil || got != want {
		t.Errorf("strings with NUL came back as %+v, %v", got, err)
	}
}

func TestLongMessageIsCut(t *testing.T) {
	r := submission()
	r.RemoteHost, r.Host, r.ForwardedTo, r.JSON = "r", "h", "f", "{}"
	for _, message := range []string{strings.Repeat("x", 100000), strings.Repeat("\x80", 70000), strings.Repeat("x", MaxDatagram)} {
		r.Message = message
		b := encode(t, r)
		if len(b) != MaxDatagram {
			t.Errorf("%d bytes of message make a datagram of %d bytes, want %d", len(message), len(b), MaxDatagram)
		}
		got, err := Decode(b)
		if err != nil || !got.Truncated || !strings.HasPrefix(message, got.Message) {
			t.Errorf("%d bytes of message came back as %d, truncated: %v, %v", len(message), len(got.Message), got.Truncated, err)
		}
	}
	for _, text := range []string{"ü", "€", "😀", "x😀"} {
		r.Message = strings.Repeat(text, MaxDatagram/len(text)+1)
		got, err := Decode(encode(t, r))
		if err != nil || !utf8.ValidString(got.Message) || len(got.Message) < MaxDatagram-100-utf8.UTFMax {
			t.Errorf("a message of %q was cut to %d bytes, %v", text, len(got.Message), err)
		}
	}
}

func TestMessageThatJustFits(t *testing.T) {
	r := Record{Message: strings.Repeat("x", MaxDatagram-maxWithoutAny)}
	if got, err := Decode(encode(t, r)); err != nil || got != r {
		t.Errorf("it came back with %d bytes, truncated: %v, %v", len(got.Message), got.Truncated, err)
	}
	r.Message += "y"
	if got, err := Decode(encode(t, r)); err != nil || got.Message+"y" != r.Message || !got.Truncated {
		t.Errorf("one byte more came back with %d bytes, truncated: %v, %v", len(got.Message), got.Truncated, err)
	}
}

func TestTooLarge(t *testing.T) {
	long := strings.Repeat("x", 70000)
	for _, r := range []Record{{Site: long}, {JSON: long}, {Host: long[:40000], RemoteHost: long[:40000]}, {ForwardedTo: long, Message: "m"}} {
		b, err := r.Append([]byte("before"))
		if !errors.Is(err, ErrTooLarge) || string(b) != "before" {
			t.Errorf("Append gave %d bytes, %v; want ErrTooLarge", len(b), err)
		}
	}
}

func TestDecodeSkipsWebAttributes(t *testing.T) {
	b := withChecksum(t, "00 04 02 05 2f00 06 7200 07 7500 08 00c8 11 6100 12 6700 13 14 14 05 03 7300")
	if got, err := Decode(b); err != nil || got != (Record{Site: "s"}) {
		t.Errorf("Decode gave %+v, %v", got, err)
	}
	b = withChecksum(t, "0b ffffffffffffffff")
	if got, err := Decode(b); err != nil || got.Duration < math.MaxInt64-time.Microsecond {
		t.Errorf("the longest duration is %v, %v", got.Duration, err)
	}
}

func TestDecodeMalformed(t *testing.T) {
	good := encode(t, submission())
	flipped := bytes.Clone(good)
	flipped[10] ^= 1
	otherMagic := bytes.Clone(good)
	otherMagic[3] = 2
	tests := map[string][]byte{
		"empty":              nil,
		"magic only":         good[:4],
		"cut off":            good[:len(good)-1],
		"a bit flipped":      flipped,
		"other magic":        otherMagic,
		"unknown attribute":  withChecksum(t, "15 00"),
		"string without end": withChecksum(t, "03 616263"),
		"number cut off":     withChecksum(t, "09 00000000000000"),
		"traffic cut off":    withChecksum(t, "0a 0000000000000000"),
		"type cut off":       withChecksum(t, "0f"),
	}
	for name, b := range tests {
		if got, err := Decode(b); !errors.Is(err, ErrMalformed) || got != (Record{}) {
			t.Errorf("%s: %+v, %v; want ErrMalformed", name, got, err)
		}
	}
}

func TestTypes(t *testing.T) {
	for number, name := range TypeNames() {
		got, err := ParseType(name)
		if err != nil || int(got) != number || got.String() != name {
			t.Errorf("ParseType(%q) = %d %v, %v; want %d", name, got, got, err, number)
		}
	}
	if Submission != 3 || History != 6 {
		t.Errorf("submission is %d and history %d, want 3 and 6", Submission, History)
	}
	if _, err := ParseType("Mail"); err == nil || !strings.Contains(err.Error(), "submission") {
		t.Errorf("ParseType(Mail): %v; want an error that names the known types", err)
	}
	if got := Type(99).String(); got != "Type(99)" {
		t.Errorf("an unknown type is called %q", got)
	}
}

func FuzzRecord(f *testing.F) {
	f.Add("acct", "from=<a@x> to=<b@y> ok", "{}", uint64(21), int64(1700000000123456), int64(5), uint8(3))
	f.Add("", "\x00\x0f\x05", "x\x00", uint64(0), int64(0), int64(-1), uint8(255))
	f.Fuzz(func(t *testing.T, site, message, json string, length uint64, timestamp, duration int64, kind uint8) {
		r := Record{
			Timestamp: time.UnixMicro(timestamp).UTC(), Site: site, Message: message, JSON: json, HasLength: true, Length: length,
			HasTraffic: true, Received: length, Sent: length / 2, HasDuration: true, Duration: time.Duration(duration), Type: Type(kind),
		}
		b, err := r.Append(nil)
		if errors.Is(err, ErrTooLarge) && len(site)+len(json) > MaxDatagram/2 {
			return
		}
		if err != nil || len(b) > MaxDatagram {
			t.Fatalf("%d bytes, %v", len(b), err)
		}
		got, err := Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		r.Site, r.JSON, r.Duration = untilNUL(site), untilNUL(json), max(r.Duration, 0).Truncate(time.Microsecond)
		if !got.Truncated {
			r.Message = untilNUL(message)
		} else if strings.HasPrefix(message, got.Message) {
			r.Message, r.Truncated = got.Message, true
		}
		if got != r {
			t.Fatalf("%+v came back as %+v", r, got)
		}
	})
}

func FuzzDecode(f *testing.F) {
	r := submission()
	f.Add(encode(f, r)[4:])
	f.Add([]byte{attrTruncated, attrMessage})
	f.Fuzz(func(t *testing.T, attributes []byte) {
		sum := crc32.ChecksumIEEE(attributes)
		b := append([]byte{0x63, 0x04, 0x61, 0x03}, attributes...)
		b = append(b, byte(sum>>24), byte(sum>>16), byte(sum>>8), byte(sum))
		got, err := Decode(b)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("unexpected kind of error: %v", err)
			}
			return
		}
		again, err := got.Append(nil)
		if err != nil {
			return
		}
		if second, err := Decode(again); err != nil || second != got && !second.Truncated {
			t.Fatalf("%+v came back as %+v, %v", got, second, err)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	r := submission()
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst, _ = r.Append(dst[:0])
	}
	if len(dst) == 0 {
		b.Fatal("nothing was encoded")
	}
}
