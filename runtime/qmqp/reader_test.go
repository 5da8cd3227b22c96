package qmqp

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
)

// talkative gives its text and then fails the test: nobody may read on when the response is complete.
type talkative struct {
	t    *testing.T
	text io.Reader
}

func (r talkative) Read(b []byte) (int, error) {
	n, err := r.text.Read(b)
	if n == 0 && err == io.EOF {
		r.t.Error("read on after the end of the response")
	}
	return n, nil
}

func TestReadResponse(t *testing.T) {
	long := strings.Repeat("x", MaxResponse-1)
	cut := long[:CutResponse-1]
	tests := []struct {
		wire string
		want Response
	}{
		{"3:Kok,", Accepted("ok")},
		{"1:Z,", Deferred("")},
		{"13:Dno such user,", Rejected("no such user")},
		{"10:K7:nested,,", Accepted("7:nested,")},
		{"4:K\x00\xff\n,", Accepted("\x00\xff\n")},
		{"03:Kok,", Accepted("ok")},
		{"256:K" + long[:255] + ",", Accepted(long[:255])},
		{"4096:K" + long + ",", Accepted(long)},
		{"4097:D" + long + "y,", Rejected(cut)},
		{"4098:D" + long + "yz,", Rejected(cut)},
		{"100000:K" + strings.Repeat("x", 99999) + ",", Accepted(cut)},
	}
	readers := map[string]func(io.Reader) io.Reader{
		"at once":      func(r io.Reader) io.Reader { return r },
		"byte by byte": iotest.OneByteReader,
		"in halves":    iotest.HalfReader,
		"with EOF":     iotest.DataErrReader,
	}
	for _, test := range tests {
		for name, reader := range readers {
			got, err := ReadResponse(talkative{t, reader(strings.NewReader(test.wire))})
			if err != nil || got != test.want {
				t.Errorf("%.20q %s: %v %.20q, %v", test.wire, name, got.Status, got.Text, err)
			}
		}
	}
}

func TestReadResponseIgnoresWhatFollows(t *testing.T) {
	for _, wire := range []string{"3:Kok,\n", "3:Kok,3:Zno,", "3:Kok," + strings.Repeat("x", 10000)} {
		if got, err := ReadResponse(strings.NewReader(wire)); err != nil || got != Accepted("ok") {
			t.Errorf("ReadResponse(%.20q) = %+v, %v", wire, got, err)
		}
	}
}

func TestReadResponseMalformed(t *testing.T) {
	for _, wire := range []string{
		"Kok\n", ":K,", "-1:K,", "3:Kok\n", "3:Kokk,", "0:,", "5:Xwhat,", " 3:Kok,",
		"99999999999999999999:K", strings.Repeat("0", 40), "5000:K" + strings.Repeat("x", 5000),
	} {
		got, err := ReadResponse(strings.NewReader(wire))
		if !errors.Is(err, ErrMalformedResponse) || got != (Response{}) {
			t.Errorf("ReadResponse(%.20q) = %+v, %v; want ErrMalformedResponse", wire, got, err)
		}
	}
}

func TestReadResponseCutOff(t *testing.T) {
	for _, wire := range []string{"", "3", "3:", "3:Ko", "3:Kok", "5000:K", "5000:K" + strings.Repeat("x", 4999)} {
		_, err := ReadResponse(strings.NewReader(wire))
		if !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, ErrMalformedResponse) {
			t.Errorf("ReadResponse(%.20q): error %v, want ErrUnexpectedEOF", wire, err)
		}
		late := io.MultiReader(strings.NewReader(wire), iotest.ErrReader(os.ErrDeadlineExceeded))
		if _, err = ReadResponse(late); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("ReadResponse(%.20q): error %v, want the reader's own", wire, err)
		}
	}
}

// silent gives neither bytes nor an error.
type silent struct{}

func (silent) Read([]byte) (int, error) { return 0, nil }

func TestReadResponseWithoutProgress(t *testing.T) {
	if _, err := ReadResponse(silent{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("error %v, want ErrNoProgress", err)
	}
}

func FuzzReadResponse(f *testing.F) {
	f.Add([]byte("3:Kok,"))
	f.Add([]byte("5000:Kok"))
	f.Add([]byte("0:,"))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := ReadResponse(bytes.NewReader(in))
		slow, slowErr := ReadResponse(iotest.OneByteReader(bytes.NewReader(in)))
		if got != slow || (err == nil) != (slowErr == nil) {
			t.Fatalf("%q: %+v, %v at once, but %+v, %v byte by byte", in, got, err, slow, slowErr)
		}
		if err == nil && len(got.String()) < MaxResponse && !bytes.Contains(in, got.Append(nil)) {
			t.Fatalf("%q was read as %+v", in, got)
		}
	})
}

func BenchmarkReadResponse(b *testing.B) {
	r := bytes.NewReader([]byte("22:Kok 1700000000 qp 1234,"))
	b.ReportAllocs()
	for b.Loop() {
		r.Seek(0, io.SeekStart)
		if _, err := ReadResponse(r); err != nil {
			b.Fatal(err)
		}
	}
}
