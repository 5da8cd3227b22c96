package luatest

import "testing"

func TestAssertions(t *testing.T) { Run(t, nil) }

func TestSplit(t *testing.T) {
	cases := split("local a = 1\n--- first\nx\n--- second one\ny\n")
	want := []testCase{{"first", "local a = 1\n\nx\n"}, {"second one", "local a = 1\n\n\n\ny\n"}}
	if len(cases) != 2 || cases[0] != want[0] || cases[1] != want[1] {
		t.Errorf("got %q, want %q", cases, want)
	}
}
