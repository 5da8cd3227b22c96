package trial

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// ErrTestsFailed is returned by RunTests if a test has failed.
var ErrTestsFailed = errors.New("tests failed")

// A TestRun says which tests to run.
type TestRun struct {
	Options
	// Path is a test file, or a folder with *_test.lua files, at any depth.
	Path string
	// Out gets a line per test and what went wrong.
	Out io.Writer
	// Explain returns the text for an error; nil means its message.
	Explain func(error) string
	// Timeout is how long a test may take; 0 means DefaultTimeout.
	Timeout time.Duration

	count, failed int
}

// Run runs the tests, each file in a virtual machine of its own and in the
// folder where it is. It fails with [ErrTestsFailed], or if there is no test.
func (r *TestRun) Run(ctx context.Context) error {
	files, err := testFiles(r.Path)
	if err != nil {
		return err
	}
	for _, file := range files {
		fmt.Fprintln(r.Out, file)
		if err := inFolder(filepath.Dir(file), func() error { return r.file(ctx, filepath.Base(file)) }); err != nil {
			return err
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
	}
	if r.count == 0 {
		return fmt.Errorf("%s: there is no test (*_test.lua files with calls of test(name, fn))", r.Path)
	}
	fmt.Fprintf(r.Out, "%s, %d failed\n", counted(r.count, "test"), r.failed)
	if r.failed > 0 {
		return ErrTestsFailed
	}
	return nil
}

// testFiles lists the test files at path, sorted.
func testFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the tests: %w", err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var files []string
	folder := filepath.Clean(path) + "/" // also if it is a symbolic link
	err = filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.HasSuffix(file, "_test.lua") {
			files = append(files, file)
		}
		return err
	})
	slices.Sort(files)
	return files, err
}

// file runs one file. What is wrong with the file itself counts as a failed
// test.
func (r *TestRun) file(ctx context.Context, name string) error {
	h, err := openHarness(ctx, r.Options)
	if err != nil {
		return err
	}
	if err := h.trial.rt.DoFile(h.record.context(ctx), name); err != nil {
		r.report(name, err)
	}
	for _, t := range h.tests {
		if ctx.Err() == nil {
			r.report(t.name, h.run(ctx, t, cmp.Or(r.Timeout, DefaultTimeout)))
		}
	}
	return h.trial.Close()
}

// report tells how a test ended.
func (r *TestRun) report(name string, err error) {
	r.count++
	if err == nil {
		fmt.Fprintf(r.Out, "  ok    %s\n", name)
		return
	}
	r.failed++
	explanation := err.Error()
	if r.Explain != nil {
		explanation = r.Explain(err)
	}
	fmt.Fprintf(r.Out, "  FAIL  %s\n        %s\n", name, strings.ReplaceAll(strings.TrimSpace(explanation), "\n", "\n        "))
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
