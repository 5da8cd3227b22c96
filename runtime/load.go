package runtime

import (
	"context"
	"os"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/dialect"
)

// DoFile runs a script as a part of the main program, with args as its
// varargs.
func (rt *Runtime) DoFile(ctx context.Context, path string, args ...string) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return rt.DoString(ctx, "@"+path, string(src), args...)
}

// DoString runs source text as a part of the main program. name is a chunk
// name in Lua's form: "@file", "=name", or the text itself.
func (rt *Runtime) DoString(ctx context.Context, name, src string, args ...string) error {
	return rt.Main(ctx, "script", func(L *lua.LState) error {
		fn, err := dialect.Load(L, name, []byte(src))
		if err != nil {
			return &ScriptError{Message: err.Error(), Value: lua.LString(err.Error()), Cause: err}
		}
		values := make([]lua.LValue, len(args))
		for i, a := range args {
			values[i] = lua.LString(a)
		}
		return Call(L, fn, 0, values...)
	})
}
