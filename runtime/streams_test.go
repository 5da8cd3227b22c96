package runtime

import (
	"context"
	"errors"
	"os"
	"testing"
)

func TestStandardStreamsAreThoseOfTheConfig(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var out, errs output
	rt, err := New(Config{Stdin: r, Stdout: &out, Stderr: &errs})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	if _, err := w.WriteString("one\ntwo\n"); err != nil {
		t.Fatal(err)
	}
	if err := rt.DoString(t.Context(), "=test", "io.write(io.read()) io.stderr:write(io.read())"); err != nil {
		t.Fatal(err)
	}
	if out.text.String() != "one" || errs.text.String() != "two" {
		t.Errorf("got %q and %q", out.text.String(), errs.text.String())
	}

	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- rt.DoString(ctx, "=test", "started = true io.read()") }()
	for started := false; !started; {
		err := rt.DoString(t.Context(), "=test", "assert(started)")
		started = err == nil
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled read ended with %v", err)
	}
	w.Close()
}
