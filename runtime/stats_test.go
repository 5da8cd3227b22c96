package runtime

import (
	"errors"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// The figures can be taken while a task keeps the turn.
func TestStats(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	before := rt.Stats()
	err := rt.Run(t.Context(), "counted", func(*lua.LState) error {
		if n := rt.Stats().Tasks; n != before.Tasks+1 {
			t.Errorf("%d tasks in a task, %d before", n, before.Tasks)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	after := rt.Stats()
	if after.Tasks != before.Tasks || after.Turns <= before.Turns || after.Failures != before.Failures {
		t.Errorf("before %+v, after %+v", before, after)
	}
	if after.Memory == 0 {
		t.Error("there is no heap")
	}
	failing := rt.CallbackFunc("failing", func(*lua.LState, []lua.LValue) error {
		return errors.New("no")
	})
	failing.Fire()
	eventually(t, "a failure is counted", func() bool { return rt.Stats().Failures == before.Failures+1 })
}
