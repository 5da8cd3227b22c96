package trial

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qrelay/runtime"
)

// explain adds the traceback to the message of an error.
func explain(err error) string {
	text := err.Error()
	var script *runtime.ScriptError
	if errors.As(err, &script) {
		text += "\n" + script.Traceback
	}
	return text
}

// runTests runs test files and returns what was written.
func runTests(t *testing.T, ctx context.Context, path string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	o := options(t)
	run := TestRun{Options: o, Path: path, Out: &out, Explain: explain, Timeout: 50 * time.Millisecond}
	err := run.Run(ctx)
	return out.String(), err
}

func TestHarness(t *testing.T) {
	out, err := runTests(t, t.Context(), "testdata/good")
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if !strings.Contains(out, "testdata/good/harness_test.lua\n") || !strings.HasSuffix(out, " tests, 0 failed\n") {
		t.Errorf("output:\n%s", out)
	}
}

func TestFolderThatIsALink(t *testing.T) {
	good, err := filepath.Abs("testdata/good")
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(good, link); err != nil {
		t.Fatal(err)
	}
	if out, err := runTests(t, t.Context(), link); err != nil || !strings.HasPrefix(out, link+"/harness_test.lua\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestFailingTests(t *testing.T) {
	out, err := runTests(t, t.Context(), "testdata/bad")
	if !errors.Is(err, ErrTestsFailed) {
		t.Errorf("got %v", err)
	}
	for _, part := range []string{
		"  ok    passes\n",
		"  FAIL  fails\n        failing_test.lua:2: got 1, want 2\n",
		"  FAIL  goes on for ever\n        the test took more than 50ms\n",
		"  FAIL  syntax_test.lua\n        syntax_test.lua:1: ')' expected",
		"  FAIL  a handler fails\n",
		"failing_test.lua:6: in function <failing_test.lua:5>", // the handler, in the traceback
		"5 tests, 4 failed\n",
	} {
		if !strings.Contains(out, part) {
			t.Errorf("no %q in\n%s", part, out)
		}
	}
}

func TestRunsWithoutTests(t *testing.T) {
	for path, want := range map[string]string{
		t.TempDir():                   "there is no test",
		"/nowhere":                    "cannot read the tests: stat /nowhere: no such file",
		write(t, "x_test.lua", "do "): "tests failed",
	} {
		if out, err := runTests(t, t.Context(), path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q\n%s", path, err, want, out)
		}
	}
}

func TestRunIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if out, err := runTests(t, ctx, "testdata/good"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestFunctionsForTestsAreDescribed(t *testing.T) {
	for _, f := range TestFuncs() {
		if f.Sig == "" || f.Doc == "" || !strings.HasPrefix(f.Sig, f.Name) {
			t.Errorf("%s: %+v", f.Name, runtime.Func{Sig: f.Sig, Doc: f.Doc})
		}
	}
}
