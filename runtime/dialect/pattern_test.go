package dialect_test

import (
	"context"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/dialect"
)

// catastrophes are calls that would take years.
var catastrophes = map[string]string{
	"lazy":      "('a'):rep(500):find('.-.-.-.-.-.-.-b')",
	"greedy":    "('a'):rep(500):find('.*.*.*.*.*.*.*b')",
	"optional":  "('a'):rep(60):find(('a?'):rep(60) .. ('a'):rep(60) .. 'b')",
	"captures":  "('a'):rep(500):match('(a*)(a*)(a*)(a*)(a*)(a*)b')",
	"gmatch":    "for x in ('a'):rep(500):gmatch('.-.-.-.-.-.-.-b') do end",
	"gsub":      "('a'):rep(500):gsub('.-.-.-.-.-.-.-b', '')",
	"quadratic": "('('):rep(3e6):find('%b()')",
}

// TestPatternCancelled checks that the end of the context ends a match.
func TestPatternCancelled(t *testing.T) {
	for name, src := range catastrophes {
		t.Run(name, func(t *testing.T) {
			L := newState(t, dialect.Options{})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			L.SetContext(ctx)
			begun := time.Now()
			_, err := run(L, "=chunk", src)
			if err == nil || !strings.Contains(err.Error(), context.DeadlineExceeded.Error()) {
				t.Errorf("got error %v", err)
			}
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("took %v to notice", took)
			}
		})
	}
}

// FuzzPattern matches any pattern against any subject. The matcher must end,
// by itself or by its context, and never panic with anything but a Lua error.
func FuzzPattern(f *testing.F) {
	for _, seed := range [][2]string{
		{"hello world", "^(%w+)%s*(.-)$"}, {"THE (quick) fox", "%f[%a]%a+%f[%A]"}, {"f(a(b)c)d", "%b()"},
		{"aXb", "[^%l%-]"}, {"abab", "(ab)%1"}, {"abc", "()b()"}, {"", "%"}, {"a", "[a-"}, {"a]", "[]]"},
		{"a", "[^]"}, {"a", "[%"}, {"x", "%f"}, {"x", "%b"}, {"a\x00b", "%z"}, {"aaa", "a-$"}, {"abc", "(()"},
	} {
		f.Add(seed[0], seed[1], "<%0%1>")
	}
	f.Fuzz(func(t *testing.T, subject, pattern, replacement string) {
		L := newState(t, dialect.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		L.SetContext(ctx)
		for _, function := range []string{"find", "match", "gsub"} {
			args := []lua.LValue{lua.LString(subject), lua.LString(pattern)}
			if function == "gsub" {
				args = append(args, lua.LString(replacement))
			}
			L.Push(L.GetField(L.GetGlobal("string"), function))
			for _, a := range args {
				L.Push(a)
			}
			if err := dialect.PCall(L, len(args), lua.MultRet, nil); err != nil {
				if strings.Contains(err.Error(), "runtime error") {
					t.Fatal(err)
				}
				continue
			}
			checkMatch(t, L, function, subject)
			L.SetTop(0)
		}
	})
}

// checkMatch checks that what find returned lies in the subject.
func checkMatch(t *testing.T, L *lua.LState, function, subject string) {
	if function != "find" || L.Get(1) == lua.LNil {
		return
	}
	first, last := int(L.ToNumber(1)), int(L.ToNumber(2))
	if first < 1 || last < first-1 || last > len(subject) {
		t.Errorf("found %d to %d in %q", first, last, subject)
	}
}
