package submit

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

func tempFile(t *testing.T, content string) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mail")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// check reads a message and compares it and its size.
func check(t *testing.T, m *message, want string) {
	t.Helper()
	got, err := io.ReadAll(m)
	if err != nil || string(got) != want || m.size != int64(len(want)) {
		t.Errorf("got %d bytes %.60q of %d, %v; want %d bytes %.60q", len(got), got, m.size, err, len(want), want)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

func TestRegularFile(t *testing.T) {
	f := tempFile(t, "skipped Subject: x\n\n.\nrest\n")
	for dots, want := range map[bool]string{false: "Subject: x\n\n.\nrest\n", true: "Subject: x\n\n"} {
		if _, err := f.Seek(int64(len("skipped ")), io.SeekStart); err != nil {
			t.Fatal(err)
		}
		m, err := openMessage(f, dots)
		if err != nil {
			t.Fatal(err)
		}
		check(t, m, want)
	}
}

func TestFileBecomesShorter(t *testing.T) {
	f := tempFile(t, strings.Repeat("0123456789", 20000))
	m, err := openMessage(f, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(100_001); err != nil {
		t.Fatal(err)
	}
	s := serveNothing(t)
	_, err = send(t.Context(), s, defaultTimeout, m, "", []string{"b"})
	if err == nil || !strings.Contains(err.Error(), "became shorter") {
		t.Errorf("error %v", err)
	}
}

func TestSpool(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, size := range []int{0, 1, 99, 100, 101, 5000} {
		want := strings.Repeat("x", size)
		m, err := spool(iotest.HalfReader(strings.NewReader(want)), 100)
		if err != nil {
			t.Fatal(err)
		}
		if _, inMemory := m.Reader.(*os.File); inMemory == (size <= 100) {
			t.Errorf("%d bytes went to %T", size, m.Reader)
		}
		left, err := os.ReadDir(os.TempDir())
		if err != nil || len(left) > 0 {
			t.Errorf("%d bytes: the file can be seen: %v, %v", size, left, err)
		}
		check(t, m, want)
	}
}

func TestSpoolErrors(t *testing.T) {
	bad := errors.New("bad disk")
	for _, before := range []string{"", strings.Repeat("x", 200)} {
		r := io.MultiReader(strings.NewReader(before), iotest.ErrReader(bad))
		if _, err := spool(r, 100); !errors.Is(err, bad) {
			t.Errorf("after %d bytes: error %v", len(before), err)
		}
	}
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
	if _, err := spool(strings.NewReader(strings.Repeat("x", 200)), 100); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a directory: error %v", err)
	}
}

func TestDotReader(t *testing.T) {
	long := strings.Repeat("y", 40_000)
	tests := []struct{ in, want string }{
		{"", ""},
		{".", ""},
		{".\n", ""},
		{".\r\nx", ""},
		{"a\n.\nb\n", "a\n"},
		{"a\n.", "a\n"},
		{"a.\n..\n. \n.a\n", "a.\n..\n. \n.a\n"},
		{"a\r.\nb", "a\r.\nb"},
		{long + ".\n" + long + "\n.\nrest", long + ".\n" + long + "\n"},
		// A line whose last part in the buffer is a dot.
		{long[:32*1024] + ".\nb\n", long[:32*1024] + ".\nb\n"},
	}
	for _, test := range tests {
		for name, r := range map[string]io.Reader{
			"plain":     strings.NewReader(test.in),
			"data+EOF":  iotest.DataErrReader(strings.NewReader(test.in)),
			"bytewise ": iotest.OneByteReader(strings.NewReader(test.in)),
		} {
			got, err := io.ReadAll(newDotReader(r))
			if err != nil || string(got) != test.want {
				t.Errorf("%s, %.40q: got %.40q (%d bytes), %v", name, test.in, got, len(got), err)
			}
		}
	}
	bad := errors.New("bad disk")
	_, err := io.ReadAll(newDotReader(io.MultiReader(strings.NewReader("x\ny"), iotest.ErrReader(bad))))
	if !errors.Is(err, bad) {
		t.Errorf("error %v", err)
	}
}
