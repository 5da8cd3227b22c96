package dialect_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/dialect"
)

func TestExit(t *testing.T) {
	for src, want := range map[string]int{
		"os.exit()": 0, "os.exit(3)": 3, "os.exit(true)": 0, "os.exit(false)": 1, "os.exit(nil)": 0, "os.exit('7', true)": 7,
	} {
		code := -1
		L := newState(t, dialect.Options{Exit: func(c int) { code = c }})
		_, err := run(L, "=c", src+" error('went on')")
		if code != want {
			t.Errorf("%s: exit code %d, want %d", src, code, want)
		}
		if err == nil || !strings.Contains(err.Error(), "os.exit") {
			t.Errorf("%s: got %v, want an error if the host goes on", src, err)
		}
	}
}

// TestBlock checks that whatever may wait goes through Options.Block, and what
// does not wait does not.
func TestBlock(t *testing.T) {
	for src, want := range map[string]bool{
		"os.execute('true')":                           true,
		"io.popen('echo x'):read()":                    true,
		"io.popen('true'):close()":                     true,
		"io.popen('cat', 'w'):write('x')":              true,
		"io.open('/dev/null')":                         true,
		"io.stdin:read(0)":                             true,
		"local f = io.tmpfile() f:write('x') f:read()": false,
		"print('x') io.write('x')":                     false,
	} {
		blocked := 0
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		w.Close()
		L := newState(t, dialect.Options{
			Stdin:  r,
			Stdout: new(bytes.Buffer),
			Block: func(L *lua.LState, fn func(ctx context.Context)) {
				blocked++
				fn(t.Context())
			},
		})
		if _, err := run(L, "=c", src); err != nil {
			t.Errorf("%s: %v", src, err)
		}
		if (blocked > 0) != want {
			t.Errorf("%s: Block was called %d times", src, blocked)
		}
		r.Close()
	}
}

// TestBlockCancelled checks that the context ends what waits.
func TestBlockCancelled(t *testing.T) {
	for _, src := range []string{
		"os.execute('exec sleep 600')",
		"pipe = io.popen('exec sleep 5 2>/dev/null') print(pipe:read())",
		"local p = io.popen('exec sleep 600 >/dev/null') p:close()",
	} {
		L := newState(t, dialect.Options{Stdout: new(bytes.Buffer)})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		L.SetContext(ctx)
		begun := time.Now()
		_, err := run(L, "=c", src)
		cancel()
		if err == nil || !strings.Contains(err.Error(), context.DeadlineExceeded.Error()) {
			t.Errorf("%s: got error %v", src, err)
		}
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("%s: took %v", src, took)
		}
	}
}

// TestFileBusy checks that a file in which a task waits is refused to others,
// instead of being used by two goroutines.
func TestFileBusy(t *testing.T) {
	var L *lua.LState
	var inner error
	L = newState(t, dialect.Options{
		Stdout: new(bytes.Buffer),
		Block: func(_ *lua.LState, fn func(ctx context.Context)) {
			if inner == nil { // as another task would, while this one waits
				inner = errors.New("called")
				_, inner = run(L, "=other", "assert(p:read())")
			}
			fn(t.Context())
		},
	})
	if _, err := run(L, "=c", "p = io.popen('echo x') assert(p:read() == 'x') p:close()"); err != nil {
		t.Fatal(err)
	}
	if inner == nil || !strings.Contains(inner.Error(), "file is in use by another task") {
		t.Errorf("got %v", inner)
	}
}

// TestStdout checks that each call writes once, so that lines of different
// tasks do not mix.
func TestStdout(t *testing.T) {
	var writes writeLog
	L := newState(t, dialect.Options{Stdout: &writes})
	if _, err := run(L, "=c", "print('a', 1) io.write('b', 2, '\\n') io.stdout:write('c')"); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(writes, "|"), "a\t1\n|b2\n|c"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

type writeLog []string

func (w *writeLog) Write(b []byte) (int, error) {
	*w = append(*w, string(b))
	return len(b), nil
}

// TestErrorValue checks that messages of gopher-lua get LuaJIT's words.
func TestErrorValue(t *testing.T) {
	for message, want := range map[string]string{
		"f:1: cannot perform add operation between nil and number":       "f:1: attempt to perform arithmetic on a nil value",
		"f:1: cannot perform concat operation between string and table":  "f:1: attempt to concatenate a table value",
		"f:1: attempt to index a non-table object(nil) with key 'x'":     "f:1: attempt to index a nil value",
		"f:1: attempt to call a non-function object":                     "f:1: attempt to call a value that is no function",
		"f:1: attempt to compare table with table":                       "f:1: attempt to compare two table values",
		"f:1: attempt to compare number with nil":                        "f:1: attempt to compare number with nil",
		"f:1: bad argument #1 to find (string expected, got nil)":        "f:1: bad argument #1 to 'find' (string expected, got nil)",
		"f:1: bad argument #1 to 'find' (string expected, got no value)": "f:1: bad argument #1 to 'find' (string expected, got no value)",
		"lua callstack overflow":                                         "stack overflow",
		"anything else":                                                  "anything else",
	} {
		if got := dialect.ErrorValue(lua.LString(message)).String(); got != want {
			t.Errorf("%q: got %q, want %q", message, got, want)
		}
	}
	if v := lua.LNumber(1); dialect.ErrorValue(v) != v {
		t.Error("a number was changed")
	}
}

// TestPCall checks the protected call for Go code.
func TestPCall(t *testing.T) {
	L := newState(t, dialect.Options{})
	L.SetGlobal("try", L.NewFunction(func(L *lua.LState) int {
		if err := dialect.PCall(L, L.GetTop()-1, lua.MultRet, nil); err != nil {
			L.SetTop(0)
			L.Push(err.(*lua.ApiError).Object)
			return 1
		}
		return L.GetTop()
	}))
	results, err := run(L, "=c", `
		local n = 0
		local function inc(by) n = n + by return n, 'ok' end
		local a, b = try(inc, 5)
		local e = try(error, 'failed')
		inc(1)
		return a, b, e, n`)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := show(results), "5 ok failed 6"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestPanic checks that a panic in a Go function is an error to scripts, and
// that the host gets to know where it was.
func TestPanic(t *testing.T) {
	var value any
	var stack string
	L := newState(t, dialect.Options{Panic: func(_ *lua.LState, v any, s []byte) { value, stack = v, string(s) }})
	L.SetGlobal("bad", L.NewFunction(func(*lua.LState) int { panic("of the test") }))
	results, err := run(L, "=c", "return pcall(bad)")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := show(results), "false internal error: of the test"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if value != "of the test" || !strings.Contains(stack, "TestPanic") {
		t.Errorf("the host got %v and the stack\n%s", value, stack)
	}
}

func TestWhere(t *testing.T) {
	L := newState(t, dialect.Options{})
	L.SetGlobal("where", L.NewFunction(func(L *lua.LState) int {
		L.Push(lua.LString(dialect.Where(L, 0) + "|" + dialect.Where(L, 1) + "|" + dialect.Where(L, 100)))
		return 1
	}))
	results, err := run(L, "=c", "\nlocal w = where() return w, select(2, pcall(where))")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := show(results), "|c:2: | ||"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
