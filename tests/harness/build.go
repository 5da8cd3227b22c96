package harness

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// binVariable names the folder with the programs under test.
const binVariable = "QRELAY_TEST_BIN"

// Main is for TestMain: it builds the programs, unless $QRELAY_TEST_BIN says
// where they are, and runs the tests. With -race the programs have the race
// detector too.
func Main(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if os.Getenv(binVariable) != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "qrelay-bin-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	args := []string{"build", "-o", dir + "/"}
	if raceDetector {
		args = append(args, "-race")
	}
	if output, err := exec.Command("go", append(args, "qrelay/cmd/...")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go %s: %v\n%s", args, err, output)
		return 1
	}
	os.Setenv(binVariable, dir)
	// At their end programs with the race detector wait a second for nothing.
	os.Setenv("GORACE", "atexit_sleep_ms=0")
	return m.Run()
}

// Program returns the path of a program under test.
func Program(name string) string { return filepath.Join(os.Getenv(binVariable), name) }
