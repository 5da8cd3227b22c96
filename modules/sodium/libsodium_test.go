package sodium

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// libsodium is the real library, in a child process made from testdata/libsodium.c.
type libsodium struct {
	t   testing.TB
	in  io.Writer
	out *bufio.Reader
}

// newLibsodium compiles and starts the child; it ends with the test.
func newLibsodium(t testing.TB) *libsodium {
	t.Helper()
	program := filepath.Join(t.TempDir(), "libsodium")
	cc := exec.Command("cc", "-O1", "-o", program, "testdata/libsodium.c", "-lsodium")
	if out, err := cc.CombinedOutput(); err != nil {
		t.Fatalf("cannot compile against the real libsodium; install the Debian packages gcc and libsodium-dev: %v\n%s", err, out)
	}
	child := exec.Command(program)
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := child.Wait(); err != nil {
			t.Errorf("testdata/libsodium.c: %v", err)
		}
	})
	return &libsodium{t: t, in: in, out: bufio.NewReader(out)}
}

// call asks libsodium and reports whether it agreed to do it.
func (s *libsodium) call(op string, args ...[]byte) ([]byte, bool) {
	s.t.Helper()
	var request strings.Builder
	request.WriteString(op)
	for _, a := range args {
		request.WriteByte(' ')
		request.WriteString(word(a))
	}
	fmt.Fprintln(s.in, request.String())
	line, err := s.out.ReadString('\n')
	if err != nil {
		s.t.Fatalf("libsodium does not answer %q: %v", request.String(), err)
	}
	switch line = strings.TrimSpace(line); line {
	case "!":
		return nil, false
	case "-":
		return nil, true
	}
	answer, err := hex.DecodeString(line)
	if err != nil {
		s.t.Fatalf("libsodium answers %q: %v", line, err)
	}
	return answer, true
}

// must is call for what libsodium has to agree to.
func (s *libsodium) must(op string, args ...[]byte) []byte {
	s.t.Helper()
	answer, ok := s.call(op, args...)
	if !ok {
		s.t.Fatalf("libsodium refuses %s %x", op, args)
	}
	return answer
}

func word(b []byte) string {
	if len(b) == 0 {
		return "-"
	}
	return hex.EncodeToString(b)
}
